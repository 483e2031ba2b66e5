"""Quotas: the limits that administrators set, and what accounts have taken."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from streams.post import COUNT_KINDS
from streams.quotas import DAY_MINUTES, MINUTE_MS, QuotaLimits, Spent
from streams.sources import SOURCES, is_paid
from streams.store import account_changes
from streams.store.account_schema import QuotaRow
from streams.store.engine import Begin
from streams.store.schema import FreeMinuteRow, GapRow, MinuteRow, SegmentRow, StreamRow

EACH, TOTAL = "each", "total"
"""Subjects besides the numbers of accounts."""
_PAID = tuple(filter(is_paid, SOURCES))


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
        found: dict[int, Spent] = {}
        with self._begin() as session:
            for since, is_month in ((first, True), (today, False)):
                for account_id, source, posts in _paid_posts(session, since):
                    usd = posts * SOURCES[source].post_read_usd
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


def _paid_posts(session: Session, first: int) -> Iterator[tuple[int, str, int]]:
    """Count posts since a minute by account and paid source, without those that cost nothing."""
    in_all = sum((getattr(MinuteRow, kind) for kind in COUNT_KINDS[1:]), MinuteRow.negative)
    paid = Counter(_sums(session, MinuteRow, in_all, first))
    paid.subtract(_sums(session, FreeMinuteRow, FreeMinuteRow.posts, first))
    for key, count in paid.items():
        yield *key, max(0, count)
    yield from _read_since(session, first)


def _sums(
    session: Session,
    table: type[MinuteRow] | type[FreeMinuteRow],
    posts: ColumnElement[int] | InstrumentedAttribute[int],
    first: int,
) -> dict[tuple[int, str], int]:
    query = (
        select(StreamRow.account_id, StreamRow.source, func.sum(posts))
        .join(table, table.stream_id == StreamRow.id)
        .where(StreamRow.source.in_(_PAID), table.minute >= first)
        .group_by(StreamRow.account_id, StreamRow.source)
    )
    return {(account_id, source): int(n) for account_id, source, n in session.execute(query)}


def _read_since(session: Session, minute: int) -> Iterator[tuple[int, str, int]]:
    """Count, by account and source, posts read after a minute to fill gaps that ended before it."""
    moment = minute * MINUTE_MS
    query = (
        select(StreamRow.account_id, StreamRow.source, func.sum(GapRow.posts))
        .join(GapRow, GapRow.stream_id == StreamRow.id)
        .where(StreamRow.source.in_(_PAID), GapRow.ended_at < moment, GapRow.filled_at >= moment)
        .group_by(StreamRow.account_id, StreamRow.source)
    )
    for account_id, source, posts in session.execute(query):
        yield account_id, source, int(posts)
