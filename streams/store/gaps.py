"""Gaps: when a stream was wanted but nobody listened."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Select, select

from streams.store.engine import Begin
from streams.store.schema import DOUBT, GapRow


class Gap(msgspec.Struct, frozen=True):
    """From `started_at` to `ended_at` (ms; None while it lasts), and why."""

    started_at: int
    ended_at: int | None
    reason: str


class Gaps:
    """Reads and writes gaps. Only the owner of a slot writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def open(self, stream_id: str, started_at: int, reason: str) -> None:
        """Begin a gap, unless one is open."""
        with self._begin() as session:
            if session.scalar(_open(stream_id)) is None:
                session.add(GapRow(stream_id=stream_id, started_at=started_at, reason=reason))

    def add(self, stream_id: str, started_at: int, ended_at: int, reason: str) -> None:
        """Record a gap that is over, whatever else is open."""
        row = GapRow(stream_id=stream_id, started_at=started_at, reason=reason)
        row.ended_at = max(ended_at, started_at)
        with self._begin() as session:
            session.add(row)

    def close(self, stream_id: str, ended_at: int) -> None:
        """End the open gap, if there is one."""
        with self._begin() as session:
            row = session.scalar(_open(stream_id))
            if row is not None:
                row.ended_at = max(ended_at, row.started_at)

    def open_of(self, stream_ids: Collection[str]) -> dict[str, Gap]:
        """Return the gaps that last, by stream."""
        query = select(GapRow).where(
            GapRow.stream_id.in_(stream_ids), GapRow.reason != DOUBT, GapRow.ended_at.is_(None)
        )
        with self._begin() as session:
            return {
                row.stream_id: Gap(row.started_at, row.ended_at, row.reason)
                for row in session.scalars(query)
            }

    def of(self, stream_id: str, since: int = 0) -> list[Gap]:
        """List a stream's gaps that reach past `since`, oldest first."""
        query = (
            select(GapRow)
            .where(
                GapRow.stream_id == stream_id,
                GapRow.reason != DOUBT,
                (GapRow.ended_at.is_(None)) | (GapRow.ended_at >= since),
            )
            .order_by(GapRow.started_at)
        )
        with self._begin() as session:
            return [Gap(row.started_at, row.ended_at, row.reason) for row in session.scalars(query)]


def _open(stream_id: str) -> Select[GapRow]:
    return select(GapRow).where(
        GapRow.stream_id == stream_id, GapRow.reason != DOUBT, GapRow.ended_at.is_(None)
    )
