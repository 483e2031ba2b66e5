"""Doubts: when a stream was connected and almost nothing arrived, so nothing proves it whole.

They are rows of the table of gaps with a reason of their own. A gap says that Weir did not listen;
a doubt says that Weir listened, and that the platform may have withheld posts.
"""

from collections.abc import Collection

import msgspec
from sqlalchemy import select

from streams.store.engine import Begin
from streams.store.gap_rows import begin, end, reaching
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
            begin(session, stream_id, started_at, DOUBT)

    def close(self, stream_id: str, ended_at: int) -> None:
        """End the open doubt, if there is one."""
        with self._begin() as session:
            end(session, stream_id, ended_at, doubt=True)

    def open_of(self, stream_ids: Collection[str]) -> list[str]:
        """Return the streams with an open doubt."""
        query = select(GapRow.stream_id).where(
            GapRow.stream_id.in_(stream_ids), GapRow.reason == DOUBT, GapRow.ended_at.is_(None)
        )
        with self._begin() as session:
            return list(session.scalars(query))

    def of(self, stream_id: str, since: int = 0) -> list[Doubt]:
        """List a stream's doubts that reach past `since`, oldest first."""
        with self._begin() as session:
            rows = session.scalars(reaching(stream_id, since, doubt=True))
            return [Doubt(row.started_at, row.ended_at) for row in rows]
