"""Collectors reserve before they spend, so that together they cannot pass a limit."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.live.spending import SpendingLedger
from tests.rig.valkey import Valkey
from workers.collector.allowance import Allowance

LIMIT = 1_000
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "spend", "keep", "kill", "record", "lose"]),
        st.integers(0, 3),
        st.integers(0, 400),
    ),
    max_size=40,
)


class Collector:
    """One that spends only what it holds."""

    def __init__(self, ledger: SpendingLedger) -> None:
        self.allowance = Allowance(ledger, "usd_day:all")
        self.allowance.begin("2026-11-27")
        self.unrecorded = 0

    def spend(self, amount: int) -> None:
        spent = min(amount, self.allowance.held)
        self.allowance.held -= spent
        self.unrecorded += spent

    @property
    def at_stake(self) -> int:
        return self.allowance.held + self.unrecorded


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_whatever_happens_no_more_is_spent_than_the_limit(
    valkey_server: Valkey, steps: list[tuple[str, int, int]]
) -> None:
    valkey_server.clear()
    with valkey_server.client() as client:
        ledger = SpendingLedger(client)
        collectors = [Collector(ledger) for _ in range(4)]
        recorded = lost = 0
        for what, number, amount in steps:
            one = collectors[number]
            if what == "reserve":
                one.allowance.reserve(
                    amount // 4, amount, limit=LIMIT, recorded=recorded, unrecorded=one.unrecorded
                )
            elif what == "spend":
                one.spend(amount)
            elif what == "keep":
                one.allowance.keep(amount)
            elif what == "kill":  # its successor knows nothing of what it held
                recorded += one.unrecorded
                collectors[number] = Collector(ledger)
            elif what == "record":
                recorded += sum(each.unrecorded for each in collectors)
                for each in collectors:
                    each.unrecorded = 0
            else:  # Redis forgets: others may be granted what collectors have not told it again
                client.flushdb()
                lost += sum(each.at_stake for each in collectors)
            assert recorded + sum(each.at_stake for each in collectors) <= LIMIT + lost


@pytest.mark.parametrize(
    ("needed", "useful", "granted"),
    [(0, 0, 0), (10, 10, 10), (10, 600, 125), (200, 600, 200), (2_000, 2_000, 1_000)],
)
def test_beyond_what_is_needed_at_once_a_part_of_the_rest_is_granted(
    valkey: Valkey, needed: int, useful: int, granted: int
) -> None:
    with valkey.client() as client:
        one = Allowance(SpendingLedger(client), "posts_day:7")
        one.begin("2026-11-27")
        one.reserve(needed, useful, limit=LIMIT, recorded=0, unrecorded=0)
        assert one.held == granted


def test_what_was_spent_without_a_reservation_counts(valkey: Valkey) -> None:
    with valkey.client() as client:
        ledger = SpendingLedger(client)
        one, other = (Allowance(ledger, "posts_day:7") for _ in range(2))
        for each in (one, other):
            each.begin("2026-11-27")
        one.reserve(0, 0, limit=LIMIT, recorded=100, unrecorded=0)
        one.held = -500
        one.reserve(0, 0, limit=LIMIT, recorded=100, unrecorded=500)
        other.reserve(LIMIT, LIMIT, limit=LIMIT, recorded=100, unrecorded=0)
        assert (one.held, other.held) == (0, 400)
