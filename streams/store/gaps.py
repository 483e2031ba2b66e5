"""Gaps: when a wanted stream was not connected, and what was captured of it afterwards."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, cast

import msgspec
from sqlalchemy import select

from streams.gap_event import GapEvent
from streams.sources import SOURCES, can_backfill
from streams.store.engine import Begin
from streams.store.gap_rows import begin, end, reaching
from streams.store.schema import DOUBT, GapRow

FillState = Literal["open", "filling", "filled", "partly", "unfillable"]
"""What became of filling a gap; `open` where nobody has tried."""


class Gap(msgspec.Struct, frozen=True):
    """From `started_at` to `ended_at` (ms; None while it lasts), and why.

    `posts` were captured afterwards; `missing` holds codes of what could not be. `source` is the
    one that was not listened to, where the stream follows several.
    """

    started_at: int
    ended_at: int | None
    reason: str
    state: FillState = "open"
    missing: tuple[str, ...] = ()
    posts: int = 0
    source: str | None = None


class UnfilledGap(msgspec.Struct, frozen=True):
    """A gap that is over and may be filled; `progress` is how far an earlier attempt came."""

    id: int
    stream_id: str
    started_at: int
    ended_at: int
    posts: int
    progress: str | None
    source: str | None = None


class Gaps:
    """Reads and writes gaps. Only the owner of a slot writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def record(self, events: Iterable[GapEvent]) -> None:
        """Write gaps and doubts that begin or end, in their order and in one transaction."""
        with self._begin() as session:
            for event in events:
                key, at, source = event.stream_id, event.at, event.source
                if event.reason is None:
                    end(session, key, at, source, doubt=event.doubt)
                else:
                    begin(session, key, at, DOUBT if event.doubt else event.reason, source)

    def open(self, stream_id: str, started_at: int, reason: str, source: str | None = None) -> None:
        """Begin a gap, unless one of that source is open."""
        self.record([GapEvent(stream_id, started_at, reason, source=source)])

    def add(self, stream_id: str, started_at: int, ended_at: int, reason: str) -> None:
        """Record a gap that is over, whatever else is open."""
        row = GapRow(stream_id=stream_id, started_at=started_at, reason=reason)
        row.ended_at = max(ended_at, started_at)
        with self._begin() as session:
            session.add(row)

    def close(self, stream_id: str, ended_at: int, source: str | None = None) -> None:
        """End the open gap of a source, or without one every gap that is open."""
        self.record([GapEvent(stream_id, ended_at, source=source)])

    def open_of(self, stream_ids: Collection[str]) -> dict[str, Gap]:
        """Return the gap that lasts, by stream; of several the one that began first."""
        return dict(reversed(self.all_open(stream_ids)))

    def all_open(self, stream_ids: Collection[str]) -> list[tuple[str, Gap]]:
        """List the gaps that last, each with its stream, oldest first."""
        query = select(GapRow).where(
            GapRow.stream_id.in_(stream_ids), GapRow.reason != DOUBT, GapRow.ended_at.is_(None)
        )
        with self._begin() as session:
            rows = session.scalars(query.order_by(GapRow.started_at))
            return [(row.stream_id, _gap(row)) for row in rows]

    def of(self, stream_id: str, since: int = 0) -> list[Gap]:
        """List a stream's gaps that reach past `since`, oldest first."""
        with self._begin() as session:
            return [_gap(row) for row in session.scalars(reaching(stream_id, since))]

    def unfilled(self, stream_ids: Collection[str], ended_before: int) -> list[UnfilledGap]:
        """List the gaps that nobody has filled, oldest first; one that was begun comes first.

        Of the sources of a stream only those count that can be searched for posts of the past.
        """
        searched = [name for name in SOURCES if can_backfill(name)]
        query = (
            select(GapRow)
            .where(
                GapRow.stream_id.in_(stream_ids),
                GapRow.reason != DOUBT,
                GapRow.ended_at <= ended_before,
                GapRow.source.is_(None) | GapRow.source.in_(searched),
                GapRow.state.in_(("open", "filling")),
            )
            .order_by(GapRow.state == "open", GapRow.started_at)
        )
        with self._begin() as session:
            return [
                UnfilledGap(
                    row.id,
                    row.stream_id,
                    row.started_at,
                    cast(int, row.ended_at),
                    row.posts,
                    row.progress,
                    row.source,
                )
                for row in session.scalars(query)
            ]

    def record_filling(
        self,
        gap_id: int,
        state: FillState,
        now: int,
        *,
        posts: int,
        missing: Sequence[str] = (),
        progress: str | None = None,
    ) -> None:
        """Record how far the filling of a gap has come, or how it ended."""
        with self._begin() as session:
            row = session.get(GapRow, gap_id)
            if row is None:
                return
            row.state, row.posts, row.filled_at, row.progress = state, posts, now, progress
            row.missing = msgspec.json.encode(list(missing)).decode()


def _gap(row: GapRow) -> Gap:
    missing = tuple(msgspec.json.decode(row.missing, type=list[str]))
    state = cast(FillState, row.state)
    return Gap(
        row.started_at, row.ended_at, row.reason, state, missing, row.posts, source=row.source
    )
