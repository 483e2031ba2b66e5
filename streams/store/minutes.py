"""Minute statistics: how many posts of each label a stream had in each minute, for ever."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from streams.post import COUNT_KINDS, PART_COUNTS
from streams.store.engine import Begin
from streams.store.schema import FreeMinuteRow, MinuteRow, SettledRow, StreamRow

MINUTES_A_DAY = 1440
FIELDS = (*COUNT_KINDS, *PART_COUNTS)
"""The counts of a minute; the last ones are parts of the others, and so in no sum of posts."""
Counts = Mapping[tuple[str, int], Mapping[str, int]]
"""By stream id and minute: posts by field."""


class Minutes:
    """Reads and writes minute statistics. Only the owner of a slot writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def add(self, slot: str, token: str, counts: Counts) -> None:
        """Add counts by (stream id, minute); the same token twice in a row adds nothing."""
        with self._begin() as session:
            settled = session.get(SettledRow, slot, with_for_update=True)
            if settled and settled.token == token:
                return
            session.merge(SettledRow(slot=slot, token=token))
            for (stream_id, minute), fields in counts.items():
                if session.get(StreamRow, stream_id) is None:
                    continue
                row = session.get(MinuteRow, (stream_id, minute))
                if row is None:
                    row = MinuteRow(stream_id=stream_id, minute=minute, **dict.fromkeys(FIELDS, 0))
                    session.add(row)
                for field, count in fields.items():
                    setattr(row, field, getattr(row, field) + count)

    def add_free(self, counts: Mapping[tuple[str, int], int]) -> None:
        """Add posts that cost nothing, by (stream id, minute), of streams that also pay for some.

        Those that are lost to a kill count as paid for: a budget ends early rather than late.
        """
        with self._begin() as session:
            for (stream_id, minute), posts in counts.items():
                row = session.get(FreeMinuteRow, (stream_id, minute))
                before = row.posts if row else 0
                session.merge(
                    FreeMinuteRow(stream_id=stream_id, minute=minute, posts=before + posts)
                )

    def free(self, stream_id: str) -> int:
        """Return how many posts of a stream cost nothing; 0 for one whose posts all cost alike."""
        query = select(func.coalesce(func.sum(FreeMinuteRow.posts), 0))
        with self._begin() as session:
            return int(session.scalar(query.where(FreeMinuteRow.stream_id == stream_id)) or 0)

    def totals(self, stream_id: str) -> dict[str, int]:
        """Sum a stream's posts by label, and the parts of them that are counted too."""
        sums = [func.coalesce(func.sum(getattr(MinuteRow, field)), 0) for field in FIELDS]
        with self._begin() as session:
            row = session.execute(select(*sums).where(MinuteRow.stream_id == stream_id)).one()
        return {field: int(count) for field, count in zip(FIELDS, row, strict=True)}

    def newest(self, stream_ids: Collection[str]) -> dict[str, int]:
        """Return, by stream, the beginning (ms) of the last minute in which it had posts."""
        query = select(MinuteRow.stream_id, func.max(MinuteRow.minute))
        query = query.where(MinuteRow.stream_id.in_(stream_ids)).group_by(MinuteRow.stream_id)
        with self._begin() as session:
            return {stream_id: minute * 60_000 for stream_id, minute in session.execute(query)}

    def days(self, stream_id: str) -> list[tuple[int, dict[str, int]]]:
        """List (day since the epoch, UTC; counts by label), oldest first, none empty."""
        day = MinuteRow.minute // MINUTES_A_DAY
        sums = [func.sum(getattr(MinuteRow, field)) for field in FIELDS]
        query = select(day, *sums).where(MinuteRow.stream_id == stream_id)
        with self._begin() as session:
            return [
                (row[0], {field: int(n) for field, n in zip(FIELDS, row[1:], strict=True)})
                for row in session.execute(query.group_by(day).order_by(day))
            ]

    def between(self, stream_id: str, first: int, last: int) -> list[tuple[int, dict[str, int]]]:
        """List (minute, counts by label) from `first` to `last`, oldest first, none empty."""
        query = (
            select(MinuteRow)
            .where(MinuteRow.stream_id == stream_id, MinuteRow.minute.between(first, last))
            .order_by(MinuteRow.minute)
        )
        with self._begin() as session:
            return [
                (row.minute, {field: getattr(row, field) for field in FIELDS})
                for row in session.scalars(query)
            ]
