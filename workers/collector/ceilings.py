"""Ceilings: what accounts, and all of them together, may spend in a day and a month."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from threading import Lock

from streams.live.report import Fault
from streams.live.spending import SpendingLedger
from streams.quotas import SPENDING, QuotaLimits, Spent
from streams.sources import SOURCES
from streams.store import Store
from streams.stream import Stream
from workers.collector.allowance import Allowance
from workers.collector.ceiling import Ceiling, ceilings_of
from workers.collector.meter import ThroughputMeter

DAY_MS = 86_400_000
READ_EVERY_MS = 5_000
LEAD_SECONDS = 4.0
"""Seconds of posts that streams stop ahead: 1 until the next look, 2 until X stops, 1 to spare."""
USEFUL_SECONDS = 60.0
"""Seconds of posts that are reserved at once, so that a short outage of Redis stops nothing."""
USEFUL_POSTS = 100
"""What is reserved for streams whose rate is not known yet."""
UNRECORDED_MS = 30_000
"""How long posts may take to be counted in SQL, and to come after their stream was stopped."""


class SpendingCeilings:
    """Decides which streams may run on; a ceiling that was reached stays so until the day ends.

    What streams will spend is reserved in the ledger that all collectors share. A collector that
    cannot reserve more stops its streams while it still holds `LEAD_SECONDS` of their posts, so a
    limit is passed only by what rates rise in that time.
    """

    def __init__(self, store: Store, ledger: SpendingLedger) -> None:
        self._store = store
        self._ledger = ledger
        self._lock = Lock()
        self._read_at: int | None = None
        self._limits = QuotaLimits()
        self._spent: dict[int, Spent] = {}
        self._reached: set[Ceiling] = set()
        self._cut_off: set[Ceiling] = set()
        """Those that ran short while nothing could be reserved."""
        self._allowances: dict[str, Allowance] = {}
        self._paid: dict[str, tuple[Stream, int]] = {}
        """Streams that were wanted lately, and when (ms): posts still come when they stop."""
        self._samples: deque[tuple[int, dict[str, int]]] = deque()

    def within(
        self,
        wanted: Sequence[Stream],
        meter: ThroughputMeter,
        now: int,
        *,
        is_cut_off: bool = False,
    ) -> tuple[list[Stream], dict[str, Fault]]:
        """Return the streams that may run on, and by stream id why the others may not.

        When SQL or Redis is away (`is_cut_off`) streams use up what is reserved. Raises StoreError,
        LiveStoreError.
        """
        with self._lock:
            return self._within(wanted, meter, now, is_cut_off)

    def room(self, stream: Stream, meter: ThroughputMeter) -> int | None:
        """Return how many posts a search may read for a stream; None without a limit.

        It is what is reserved and not needed for live posts; the next look reserves more.
        """
        rates = meter.paid_rates
        with self._lock:
            rooms = []
            paid = [each for each, _ in self._paid.values()]
            for ceiling in self._over(stream):
                allowance = self._allowances.get(ceiling.subject)
                mine = [each for each in paid if ceiling.account_id in (None, each.account_id)]
                coming = ceil(_rate(ceiling, mine, rates) * LEAD_SECONDS)
                held = allowance.held if allowance else 0
                rooms.append((held - coming) // ceiling.cost(_price(stream)) - 1)
            return max(0, min(rooms)) if rooms else None

    def spend(self, stream_id: str, posts: int) -> None:
        """Count posts that a search read for a stream, if it was wanted lately."""
        with self._lock:
            if stream_id not in self._paid:
                return
            stream = self._paid[stream_id][0]
            for ceiling in self._over(stream):
                if allowance := self._allowances.get(ceiling.subject):
                    allowance.held -= posts * ceiling.cost(_price(stream))

    def _within(
        self, wanted: Sequence[Stream], meter: ThroughputMeter, now: int, is_cut_off: bool
    ) -> tuple[list[Stream], dict[str, Fault]]:
        groups = self._groups(wanted, now)
        if not groups:
            self._samples.clear()
            if not is_cut_off:
                self._keep(set())
            return list(wanted), {}
        if not is_cut_off:
            self._read(now)
        ceilings = list(ceilings_of(self._limits, groups))
        self._use(ceilings, groups, meter.paid, now)
        rates = meter.paid_rates
        for ceiling in ceilings:
            mine = groups[ceiling.account_id]
            if not self._has_enough(ceiling, mine, rates, is_cut_off):
                (self._cut_off if is_cut_off else self._reached).add(ceiling)
        if not is_cut_off:
            self._cut_off.clear()
            self._keep({each.subject for each in ceilings})
        faults = {}
        for ceiling in self._reached | self._cut_off:
            for stream in groups.get(ceiling.account_id, ()):
                faults[stream.id] = ceiling.fault()
        runnable = [each for each in wanted if each.id not in faults]
        return runnable, {each.id: faults[each.id] for each in wanted if each.id in faults}

    def release(self, meter: ThroughputMeter, now: int) -> None:
        """Give back all that is reserved and not spent. Raises LiveStoreError."""
        with self._lock:
            groups = self._groups((), now)
            self._use(list(ceilings_of(self._limits, groups)), groups, meter.paid, now)
            self._keep(set())

    def _over(self, stream: Stream) -> Iterator[Ceiling]:
        """Return the limits that the posts of a stream count toward."""
        return ceilings_of(self._limits, (None, stream.account_id) if _price(stream) else ())

    def _groups(self, wanted: Sequence[Stream], now: int) -> dict[int | None, list[Stream]]:
        """Return the streams that cost something, by account, and under None all of them."""
        self._paid |= {each.id: (each, now) for each in wanted if _price(each)}
        groups: dict[int | None, list[Stream]] = {}
        for stream, at in list(self._paid.values()):
            if now - at > UNRECORDED_MS:
                del self._paid[stream.id]
                continue
            for key in (None, stream.account_id):
                groups.setdefault(key, []).append(stream)
        return groups

    def _read(self, now: int) -> None:
        is_new_day = self._read_at is not None and self._read_at // DAY_MS != now // DAY_MS
        is_fresh = self._read_at is not None and 0 <= now - self._read_at < READ_EVERY_MS
        if is_fresh and not is_new_day:
            return
        limits = self._store.quotas.limits()
        if limits != self._limits or is_new_day:
            self._reached = set()  # reached again at once where it still holds
        self._limits = limits
        self._spent = self._store.quotas.spent(now) if _has_any(limits) else {}
        self._read_at = now

    def _use(
        self,
        ceilings: Sequence[Ceiling],
        groups: Mapping[int | None, Sequence[Stream]],
        taken: Mapping[str, int],
        now: int,
    ) -> None:
        """Take what was spent since the last look from what is reserved."""
        self._samples.append(
            (now, {stream_id: taken.get(stream_id, 0) for stream_id in self._paid})
        )
        while len(self._samples) > 2 and self._samples[1][0] <= now - UNRECORDED_MS:
            self._samples.popleft()
        for ceiling in ceilings:
            subject = ceiling.subject
            if subject not in self._allowances:
                self._allowances[subject] = Allowance(self._ledger, subject)
            elif len(self._samples) > 1:
                used = self._spent_since(-2, ceiling, groups[ceiling.account_id])
                self._allowances[subject].held -= used
            self._allowances[subject].begin(ceiling.period(now))

    def _spent_since(self, sample: int, ceiling: Ceiling, streams: Sequence[Stream]) -> int:
        before, after = self._samples[sample][1], self._samples[-1][1]
        return sum(
            (after[each.id] - before.get(each.id, after[each.id])) * ceiling.cost(_price(each))
            for each in streams
        )

    def _has_enough(
        self,
        ceiling: Ceiling,
        streams: Sequence[Stream],
        rates: Mapping[str, float],
        is_cut_off: bool,
    ) -> bool:
        """Reserve what is missing; False when streams must stop now."""
        allowance = self._allowances[ceiling.subject]
        post = max(ceiling.cost(_price(each)) for each in streams)
        rate = _rate(ceiling, streams, rates)
        if ceiling in self._reached:
            if not rate and not is_cut_off:
                allowance.keep(0)
            return False
        needed = ceil(rate * LEAD_SECONDS) + post
        useful = max(ceil(rate * USEFUL_SECONDS), USEFUL_POSTS * post)
        if is_cut_off:
            return allowance.held >= needed
        if allowance.held > 2 * useful:
            allowance.keep(useful)
        if allowance.held < max(needed, useful // 2):
            allowance.reserve(
                needed,
                useful,
                limit=ceiling.amount(ceiling.limit),
                recorded=ceiling.recorded(self._spent),
                unrecorded=self._spent_since(0, ceiling, streams),
            )
        return allowance.held >= needed

    def _keep(self, subjects: set[str]) -> None:
        """Give back what is held under ceilings that apply to no stream here any more."""
        for subject in self._allowances.keys() - subjects:
            self._allowances[subject].keep(0)
            del self._allowances[subject]


def _has_any(limits: QuotaLimits) -> bool:
    """Return whether spending is limited for anybody."""
    given = (limits.each, limits.total, *limits.of.values())
    return any(each.get(name) is not None for each in given for name in SPENDING)


def _rate(ceiling: Ceiling, streams: Sequence[Stream], rates: Mapping[str, float]) -> float:
    """Return what streams spend in a second under a ceiling."""
    return sum(rates.get(each.id, 0.0) * ceiling.cost(_price(each)) for each in streams)


def _price(stream: Stream) -> float:
    return SOURCES[stream.source].post_read_usd if stream.source in SOURCES else 0.0
