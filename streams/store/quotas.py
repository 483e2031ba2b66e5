"""Quotas: the limits that administrators set, and what accounts have taken."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, select

from streams.post import COUNT_KINDS
from streams.quotas import DAY_MINUTES, MINUTE_MS, QuotaLimits, Spent
from streams.sources import SOURCES
from streams.store import account_changes
from streams.store.account_schema import QuotaRow
from streams.store.engine import Begin
from streams.store.schema import GapRow, MinuteRow, SegmentRow, StreamRow

EACH, TOTAL = "each", "total"
"""Subjects besides the numbers of accounts."""


class Quotas:
    """Reads and writes limits; every change is recorded."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def limits(self) -> QuotaLimits:
        """Return all limits that were set."""
        found: dict[str, dict[str, float | None]] = {}
        with self._begin() as session:
            for row in session.scalars(select(QuotaRow)):
                found.setdefault(row.subject, {})[row.name] = row.value
        each, total = found.pop(EACH, {}), found.pop(TOTAL, {})
        return QuotaLimits(each, total, {int(key): limits for key, limits in found.items()})

    def set(
        self,
        subject: str,
        values: Mapping[str, float | None],
        now: int,
        actor_id: int | None,
        reset: Sequence[str] = (),
    ) -> None:
        """Set limits of one subject; None is no limit, a name in `reset` has the default again."""
        account_id = None if subject in (EACH, TOTAL) else int(subject)
        mine = select(QuotaRow).where(QuotaRow.subject == subject)
        with self._begin() as session:
            before = {row.name: row.value for row in session.scalars(mine)}
            for name, value in values.items():
                session.merge(QuotaRow(subject=subject, name=name, value=value))
            gone = [name for name in reset if name in before]
            session.execute(
                delete(QuotaRow).where(QuotaRow.subject == subject, QuotaRow.name.in_(gone))
            )
            changed = {name: before[name] for name in (*values, *gone) if name in before}
            detail = {"subject": subject, **values, "before": changed, "reset": gone}
            account_changes.record(session, now, actor_id, account_id, "quotas_changed", **detail)

    def spent(self, now: int) -> dict[int, Spent]:
        """Return what each account has paid for today and this month (UTC).

        A post that two streams of an account got counts twice. Posts that filled a gap count when
        they were read: their minutes are those of the gap.
        """
        today = now // MINUTE_MS // DAY_MINUTES * DAY_MINUTES
        month = datetime.fromtimestamp(now / 1000, UTC).replace(day=1)
        first = int(month.timestamp()) // 60 // DAY_MINUTES * DAY_MINUTES
        prices = {each.name: each.post_read_usd for each in SOURCES.values() if each.post_read_usd}
        posts = sum(
            (getattr(MinuteRow, kind) for kind in COUNT_KINDS[1:]),
            getattr(MinuteRow, COUNT_KINDS[0]),
        )
        query = (
            select(StreamRow.account_id, StreamRow.source, func.sum(posts))
            .join(MinuteRow, MinuteRow.stream_id == StreamRow.id)
            .where(StreamRow.source.in_(prices))
            .group_by(StreamRow.account_id, StreamRow.source)
        )
        found: dict[int, Spent] = {}
        with self._begin() as session:
            for since, is_month in ((first, True), (today, False)):
                for rows in (query.where(MinuteRow.minute >= since), _read_since(since, prices)):
                    for account_id, source, count in session.execute(rows):
                        posts, usd = int(count), int(count) * prices[source]
                        spent = Spent(0, posts, 0.0, usd) if is_month else Spent(posts, 0, usd, 0.0)
                        found[account_id] = found.get(account_id, Spent()).plus(spent)
        return found

    def capture_bytes(self) -> dict[int, int]:
        """Return the bytes of sealed segments by account, wherever they lie."""
        query = (
            select(StreamRow.account_id, func.sum(SegmentRow.bytes))
            .join(SegmentRow, SegmentRow.stream_id == StreamRow.id)
            .where(SegmentRow.state != "missing")
            .group_by(StreamRow.account_id)
        )
        with self._begin() as session:
            return {account_id: int(size) for account_id, size in session.execute(query)}


def _read_since(minute: int, sources: Collection[str]) -> Select[int, str, int]:
    """Count, by account and source, posts read after a minute to fill gaps that ended before it."""
    moment = minute * MINUTE_MS
    return (
        select(StreamRow.account_id, StreamRow.source, func.sum(GapRow.posts))
        .join(GapRow, GapRow.stream_id == StreamRow.id)
        .where(StreamRow.source.in_(sources), GapRow.ended_at < moment, GapRow.filled_at >= moment)
        .group_by(StreamRow.account_id, StreamRow.source)
    )
