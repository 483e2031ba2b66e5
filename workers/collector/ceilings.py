"""Ceilings: what accounts, and all of them together, may spend in a day and a month."""

from collections.abc import Iterator, Mapping, Sequence

from streams.live.report import Fault
from streams.quotas import QUOTAS, SPENDING, QuotaLimits, QuotaName, Spent
from streams.sources import SOURCES
from streams.store import Store
from streams.stream import Stream

READ_EVERY_MS = 5_000
LEAD_SECONDS = 12.0
"""Seconds of posts that streams stop ahead: counts reach SQL every 5 s, and X bills 2 s more."""
SPENT_CODE = "quota_spent"

_Ceiling = tuple[int | None, QuotaName, float]
"""An account, or None for all; what is limited; the limit."""


class SpendingCeilings:
    """Decides which streams may run on; a ceiling that was reached stays so until the day ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read_at: int | None = None
        self._limits = QuotaLimits()
        self._spent: dict[int, Spent] = {}
        self._reached: set[_Ceiling] = set()
        self._paid: Sequence[Stream] = ()

    def within(
        self, wanted: Sequence[Stream], rates: Mapping[str, float], now: int
    ) -> tuple[list[Stream], dict[str, Fault]]:
        """Return who may run on, and why others may not; `rates` are posts a second."""
        paid = [each for each in wanted if _price(each)]
        self._paid = paid
        if not paid:
            return list(wanted), {}
        if self._read_at is None or not 0 <= now - self._read_at < READ_EVERY_MS:
            self._read(paid, now)
        for ceiling in self._ceilings(paid):
            if self._is_over(ceiling, paid, rates):
                self._reached.add(ceiling)
        faults = {}
        for stream in paid:
            for account_id, name, limit in self._reached:
                if account_id in (None, stream.account_id):
                    faults[stream.id] = _fault(account_id, name, limit)
        return [each for each in wanted if each.id not in faults], faults

    def room(self, stream: Stream, rates: Mapping[str, float], just_read: int) -> int | None:
        """Return how many posts may be read for a stream besides what comes; None is no limit.

        `just_read` posts are not in the counts of SQL yet.
        """
        rooms = []
        for account_id, name, limit in self._ceilings([stream]):
            spent, coming = self._usage(account_id, name, self._paid, rates)
            price = _price(stream) if name.startswith("usd") else 1.0
            rooms.append((limit - spent - coming * LEAD_SECONDS) / price - just_read)
        return max(0, int(min(rooms) + 1e-9)) if rooms else None

    def _read(self, paid: Sequence[Stream], now: int) -> None:
        limits = self._store.quotas.limits()  # reached again at once where it still holds
        if limits != self._limits or self._is_new_day(now):
            self._reached = set()
        self._limits = limits
        self._spent = self._store.quotas.spent(now) if any(self._ceilings(paid)) else {}
        self._read_at = now

    def _is_new_day(self, now: int) -> bool:
        """Return whether a day, and perhaps a month, has begun since the last time."""
        return self._read_at is not None and self._read_at // 86_400_000 != now // 86_400_000

    def _ceilings(self, paid: Sequence[Stream]) -> Iterator[_Ceiling]:
        for name in SPENDING:
            for account_id in {each.account_id for each in paid}:
                if (limit := self._limits.of_account(account_id, name)) is not None:
                    yield account_id, name, limit
            if (limit := self._limits.in_total(name)) is not None:
                yield None, name, limit

    def _is_over(
        self, ceiling: _Ceiling, paid: Sequence[Stream], rates: Mapping[str, float]
    ) -> bool:
        account_id, name, limit = ceiling
        spent, coming = self._usage(account_id, name, paid, rates)
        return spent + coming * LEAD_SECONDS >= limit

    def _usage(
        self,
        account_id: int | None,
        name: QuotaName,
        paid: Sequence[Stream],
        rates: Mapping[str, float],
    ) -> tuple[float, float]:
        """Return what was spent of a quota, and how much more of it comes each second."""
        mine = [each for each in paid if account_id in (None, each.account_id)]
        spent = sum(
            getattr(each, name) for key, each in self._spent.items() if account_id in (None, key)
        )
        coming = sum(
            rates.get(each.id, 0.0) * (_price(each) if name.startswith("usd") else 1.0)
            for each in mine
        )
        return spent, coming


def _price(stream: Stream) -> float:
    return SOURCES[stream.source].post_read_usd if stream.source in SOURCES else 0.0


def _fault(account_id: int | None, name: QuotaName, limit: float) -> Fault:
    whose = "of this Weir" if account_id is None else "of your account"
    text = f"The limit {whose} is reached: {limit:g} {QUOTAS[name].title}."
    return Fault(SPENT_CODE, f"{text} An administrator can raise it.")
