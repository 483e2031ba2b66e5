"""Positions: how far a collector has come in a source that can be read again from there."""

from streams.store.engine import Begin
from streams.store.schema import PositionRow


class Positions:
    """Reads and writes positions; what one holds is the source's own affair."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def read(self, slot: str) -> str | None:
        """Return the position that a slot wrote last, if it ever did."""
        with self._begin() as session:
            row = session.get(PositionRow, slot)
            return row.position if row else None

    def write(self, slot: str, position: str) -> None:
        """Save a position: everything before it is on disk."""
        with self._begin() as session:
            session.merge(PositionRow(slot=slot, position=position))
