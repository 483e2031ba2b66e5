"""What accounts and all together may spend: streams stop ahead of it, and start again in time."""

import itertools
from collections.abc import Iterator, Mapping

import pytest

from streams.filter import Filter
from streams.live.spending import SpendingLedger
from streams.store import Store
from streams.stream import Stream
from tests.rig.valkey import Valkey
from workers.collector.ceilings import LEAD_SECONDS, READ_EVERY_MS, SpendingCeilings
from workers.collector.meter import ThroughputMeter

DAY_MS = 86_400_000
NOW = 20_000 * DAY_MS + 60_000  # October 2024, one minute past midnight


@pytest.fixture
def ledger(valkey: Valkey) -> Iterator[SpendingLedger]:
    with valkey.client() as client:
        yield SpendingLedger(client)


def metered(
    rates: Mapping[str, float] | None = None, taken: Mapping[str, int] | None = None
) -> ThroughputMeter:
    meter = ThroughputMeter()
    meter.rates = dict(rates or {})
    meter.posts.update(taken or {})
    return meter


def stream_of(store: Store, number: str, *, posts: int, at: int = NOW) -> Stream:
    account = store.accounts.sign_in(number, number, number, None, b"", 0)
    stream = store.streams.create(account.id, number, Filter("rain"), 0)
    store.minutes.add(number, "1", {(stream.id, at // 60_000): {"positive": posts}})
    return stream


def test_without_limits_everything_runs(store: Store, ledger: SpendingLedger) -> None:
    ada = stream_of(store, "ada", posts=10_000)
    assert SpendingCeilings(store, ledger).within([ada], metered(), NOW) == ([ada], {})


@pytest.mark.parametrize(
    ("subject", "name", "value", "stopped"),
    [
        ("total", "posts_day", 140, "ab"),
        ("total", "posts_day", 161, ""),
        ("total", "usd_day", 0.70, "ab"),
        ("total", "usd_month", 0.81, ""),
        ("each", "posts_day", 100, "a"),
        ("each", "posts_month", 60, "ab"),
        ("1", "posts_day", 50, "a"),
        ("1", "posts_day", None, ""),
    ],
)
def test_what_is_spent_stops_whom_the_limit_is_for(
    store: Store, ledger: SpendingLedger, subject: str, name: str, value: float | None, stopped: str
) -> None:
    both = [stream_of(store, "a", posts=100), stream_of(store, "b", posts=60)]
    store.quotas.set(subject, {name: value}, 0, None)
    running, faults = SpendingCeilings(store, ledger).within(both, metered(), NOW)
    assert "".join(each.name for each in both if each.id in faults) == stopped
    assert {each.id for each in running} | faults.keys() == {each.id for each in both}


def test_streams_stop_ahead_by_their_rate_and_stay_stopped_until_it_is_raised(
    store: Store, ledger: SpendingLedger
) -> None:
    ada = stream_of(store, "ada", posts=100)
    store.quotas.set("each", {"posts_day": 200}, 0, None)
    ceilings = SpendingCeilings(store, ledger)
    assert ceilings.within([ada], metered({ada.id: 20.0}), NOW)[1] == {}
    (fault,) = ceilings.within([ada], metered({ada.id: 30.0}), NOW)[1].values()
    assert fault.code == "quota_spent"
    assert "200 paid posts a day" in fault.message
    assert ceilings.within([ada], metered(), NOW + READ_EVERY_MS)[1]
    store.quotas.set("each", {"posts_day": 300}, 0, None)
    assert not ceilings.within([ada], metered(), NOW + 2 * READ_EVERY_MS)[1]


def test_a_day_ends_at_midnight_and_a_month_with_its_last_day(
    store: Store, ledger: SpendingLedger
) -> None:
    ada = stream_of(store, "ada", posts=100, at=NOW)
    store.quotas.set("each", {"posts_day": 100}, 0, None)
    ceilings = SpendingCeilings(store, ledger)
    assert ceilings.within([ada], metered(), NOW)[1]
    assert not ceilings.within([ada], metered(), NOW + DAY_MS)[1]
    store.quotas.set("each", {"posts_day": None, "posts_month": 100}, 0, None)
    assert ceilings.within([ada], metered(), NOW + 2 * DAY_MS)[1]
    assert not ceilings.within([ada], metered(), NOW + 31 * DAY_MS)[1]


class Machine:
    """A collector with one paid stream; X goes on for two seconds after a stop."""

    def __init__(self, store: Store, ledger: SpendingLedger, stream: Stream, rate: float) -> None:
        self.ceilings = SpendingCeilings(store, ledger)
        self.stream, self.rate, self.measured = stream, rate, 0.0
        self.taken, self.trailing = 0, 2
        self.ceilings.within([stream], metered(), NOW)

    def second(self, now: int) -> int:
        """Take the posts of a second, then look; gives how many came."""
        came = round(self.rate) if self.trailing else 0
        self.taken += came
        meter = metered({self.stream.id: self.measured}, {self.stream.id: self.taken})
        running, _ = self.ceilings.within([self.stream], meter, now)
        self.measured = float(came)
        self.trailing = 2 if running else max(0, self.trailing - 1)
        return came

    @property
    def is_over(self) -> bool:
        return not self.trailing


def spend(store: Store, machines: list[Machine], growth: float = 1.0) -> int:
    """Run until all have stopped, with counts that reach SQL every ten seconds; gives the sum."""
    total, unrecorded = 0, dict.fromkeys(machines, 0)
    for second in itertools.count(1):
        now = NOW + 1000 * second
        for machine in machines[second % len(machines) :] + machines[: second % len(machines)]:
            came = machine.second(now)
            unrecorded[machine] += came
            total += came
            machine.rate *= growth
        if second % 10 == 0:
            for number, machine in enumerate(machines):
                counts = {(machine.stream.id, now // 60_000): {"positive": unrecorded[machine]}}
                store.minutes.add(f"{number}", f"{second}", counts)
            unrecorded = dict.fromkeys(machines, 0)
        if all(machine.is_over for machine in machines):
            return total
        assert second < 2_000
    raise AssertionError


@pytest.mark.parametrize(
    ("rates", "subject"),
    [
        ((5,), "total"),
        ((100,), "1"),
        ((250, 3), "1"),
        ((1, 30, 90), "total"),
        ((250, 250, 250, 250), "total"),
    ],
)
def test_collectors_together_stay_below_a_limit_and_come_close_to_it(
    store: Store, ledger: SpendingLedger, rates: tuple[int, ...], subject: str
) -> None:
    account = store.accounts.sign_in("ada", "ada", "ada", None, b"", 0)
    limit = 40 * sum(rates) + 500
    store.quotas.set(subject, {"posts_day": limit, "usd_day": 0.005 * limit + 9}, 0, None)
    made = [store.streams.create(account.id, "s", Filter("rain"), 0) for _ in rates]
    machines = [
        Machine(store, ledger, stream, rate) for stream, rate in zip(made, rates, strict=True)
    ]
    total = spend(store, machines)
    assert limit - (LEAD_SECONDS + 2) * sum(rates) - 120 <= total <= limit


def test_only_what_a_rate_rises_within_the_lead_passes_the_limit(
    store: Store, ledger: SpendingLedger
) -> None:
    account = store.accounts.sign_in("ada", "ada", "ada", None, b"", 0)
    store.quotas.set("total", {"usd_month": 50.0}, 0, None)
    machines = [
        Machine(store, ledger, store.streams.create(account.id, "s", Filter("rain"), 0), 20.0)
        for _ in range(3)
    ]
    total = spend(store, machines, growth=1.2)
    rises = sum(machine.rate - machine.rate / 1.2**4 for machine in machines)
    assert total <= 10_000 + LEAD_SECONDS * rises


def test_cut_off_from_redis_streams_use_up_what_is_reserved_and_then_wait(
    store: Store, ledger: SpendingLedger
) -> None:
    ada = stream_of(store, "ada", posts=0)
    store.quotas.set("each", {"posts_day": 1_000_000}, 0, None)
    ceilings = SpendingCeilings(store, ledger)

    def faults(seconds: int, *, is_cut_off: bool = True) -> bool:
        meter = metered({ada.id: 10.0}, {ada.id: 10 * seconds})
        found = ceilings.within([ada], meter, NOW + 1000 * seconds, is_cut_off=is_cut_off)
        return bool(found[1])

    assert not faults(0, is_cut_off=False)
    assert [faults(second) for second in (1, 20, 50)] == [False, False, False]
    assert [faults(second) for second in (57, 58)] == [True, True]
    assert not faults(60, is_cut_off=False)


def test_posts_that_come_after_a_stop_count_and_what_is_left_goes_back(
    store: Store, ledger: SpendingLedger
) -> None:
    ada = stream_of(store, "ada", posts=0)
    store.quotas.set("each", {"posts_day": 110}, 0, None)
    first = SpendingCeilings(store, ledger)
    assert first.within([ada], metered(taken={ada.id: 500}), NOW)[0]
    assert first.within([], metered(taken={ada.id: 560}), NOW + 1000) == ([], {})
    first.release(metered(taken={ada.id: 580}), NOW + 2000)
    second = SpendingCeilings(store, ledger)
    assert second.within([ada], metered({ada.id: 7.2}), NOW + 3000)[1] == {}
    third = SpendingCeilings(store, ledger)
    assert third.within([ada], metered(), NOW + 3000)[1]


def test_posts_that_cost_nothing_use_no_limit_up(store: Store, ledger: SpendingLedger) -> None:
    ada = stream_of(store, "ada", posts=0)
    store.quotas.set("each", {"posts_day": 110}, 0, None)
    ceilings = SpendingCeilings(store, ledger)
    for second in range(5):
        meter = metered({ada.id: 1000.0}, {ada.id: 1000 * second})
        meter.free.update({ada.id: 1000 * second})
        meter.free_rates = {ada.id: 1000.0}
        assert ceilings.within([ada], meter, NOW + 1000 * second) == ([ada], {})
    meter = metered({ada.id: 30.0}, {ada.id: 4_030})
    meter.free.update({ada.id: 4_000})
    assert ceilings.within([ada], meter, NOW + 5000)[1]


def test_posts_that_filled_a_gap_of_yesterday_are_paid_for_today(store: Store) -> None:
    ada = stream_of(store, "ada", posts=100, at=NOW - 2 * 3_600_000)
    store.gaps.add(ada.id, NOW - 2 * 3_600_000, NOW - 3_600_000, "disconnected")
    (gap,) = store.gaps.unfilled([ada.id], NOW)
    assert store.quotas.spent(NOW)[ada.account_id].posts_day == 0
    store.gaps.record_filling(gap.id, "filled", NOW, posts=70)
    spent = store.quotas.spent(NOW)[ada.account_id]
    assert (spent.posts_day, spent.posts_month) == (70, 100)
    assert spent.usd_day == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("limits", "rate", "read", "room"),
    [
        ({}, 0.0, 0, None),
        ({"posts_day": 10_000}, 0.0, 0, 99),  # what is reserved, less the next post that comes
        ({"posts_day": 10_000}, 0.0, 70, 29),
        ({"posts_day": 10_000}, 10.0, 0, 559),  # a minute of posts, less four seconds of them
        ({"posts_day": 150, "usd_month": 90}, 0.0, 0, 5),
        ({"posts_day": 90}, 0.0, 0, 0),
    ],
)
def test_a_search_may_read_what_is_reserved_and_not_needed_for_what_comes(
    store: Store,
    ledger: SpendingLedger,
    limits: dict[str, float],
    rate: float,
    read: int,
    room: int | None,
) -> None:
    ada = stream_of(store, "ada", posts=100)
    store.quotas.set("each", limits, 0, None)
    ceilings, meter = SpendingCeilings(store, ledger), metered({ada.id: rate})
    ceilings.within([ada], meter, NOW)
    ceilings.spend(ada.id, read)
    assert ceilings.room(ada, meter) == room


def test_what_searches_read_counts_for_all_collectors(store: Store, ledger: SpendingLedger) -> None:
    ada = stream_of(store, "ada", posts=0)
    store.quotas.set("each", {"posts_day": 1_000}, 0, None)
    ceilings, read = SpendingCeilings(store, ledger), 0
    for second in range(200):
        ceilings.within([ada], metered(), NOW + 10 * second)
        page = ceilings.room(ada, metered()) or 0
        ceilings.spend(ada.id, page)
        read += page
    assert 990 <= read <= 1_000
    assert SpendingCeilings(store, ledger).within([ada], metered({ada.id: 2.0}), NOW)[1]
