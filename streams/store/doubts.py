"""Doubts: when a stream was connected and almost nothing arrived, so nothing proves it whole.

They are rows of the table of gaps with a reason of their own. A gap says that Weir did not listen;
a doubt says that Weir listened, and that the platform may have withheld posts.
"""

from collections.abc import Collection

import msgspec
from sqlalchemy import Select, select

from streams.store.engine import Begin
from streams.store.schema import DOUBT, GapRow


class Doubt(msgspec.Struct, frozen=True):
    """From `started_at` to `ended_at` (ms; None while it lasts)."""

    started_at: int
    ended_at: int | None
    reason: str = DOUBT


class Doubts:
    """Reads and writes doubts. Only the owner of a slot writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def open(self, stream_id: str, started_at: int) -> None:
        """Begin a doubt, unless one is open."""
        with self._begin() as session:
            if session.scalar(_open(stream_id)) is None:
                session.add(GapRow(stream_id=stream_id, started_at=started_at, reason=DOUBT))

    def close(self, stream_id: str, ended_at: int) -> None:
        """End the open doubt, if there is one."""
        with self._begin() as session:
            row = session.scalar(_open(stream_id))
            if row is not None:
                row.ended_at = max(ended_at, row.started_at)

    def open_of(self, stream_ids: Collection[str]) -> list[str]:
        """Return the streams with an open doubt."""
        query = select(GapRow.stream_id).where(
            GapRow.stream_id.in_(stream_ids), GapRow.reason == DOUBT, GapRow.ended_at.is_(None)
        )
        with self._begin() as session:
            return list(session.scalars(query))

    def of(self, stream_id: str, since: int = 0) -> list[Doubt]:
        """List a stream's doubts that reach past `since`, oldest first."""
        query = (
            select(GapRow)
            .where(
                GapRow.stream_id == stream_id,
                GapRow.reason == DOUBT,
                (GapRow.ended_at.is_(None)) | (GapRow.ended_at >= since),
            )
            .order_by(GapRow.started_at)
        )
        with self._begin() as session:
            return [Doubt(row.started_at, row.ended_at) for row in session.scalars(query)]


def _open(stream_id: str) -> Select[GapRow]:
    return select(GapRow).where(
        GapRow.stream_id == stream_id, GapRow.reason == DOUBT, GapRow.ended_at.is_(None)
    )
