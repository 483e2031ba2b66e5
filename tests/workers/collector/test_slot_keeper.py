"""A collector that waits for the database keeps its slot, and one that stands still loses it."""

import time
from typing import Any

import pytest
import redis

from streams import names
from streams.live.lease import Lease
from streams.live.report import SlotReport
from workers.collector.lease_guard import LeaseGuard
from workers.collector.slot_keeper import EVERY, LATE, STUCK, SlotKeeper

REPORT = SlotReport("x", "lab", 1, 1_000, "connected")


class Held:
    """A slot, its keeper, a clock that the test moves, and what the keeper reported."""

    def __init__(self, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        self.client = client
        self.reported: list[tuple[SlotReport, bool]] = []
        lease = Lease.acquire(client, "x", "lab", 10)
        assert lease is not None
        guard = LeaseGuard(lease, 60)
        self.keeper = SlotKeeper(client, lease, 10, guard, lambda *said: self.reported.append(said))

    def let_pass(self, seconds: float) -> None:
        """Have the keeper's thread work for so long."""
        for _ in range(round(seconds / EVERY)):
            self.now += EVERY
            self.keeper.keep()

    def is_renewed(self) -> bool:
        """Return whether the keeper prolongs the lease when it is next due."""
        self.client.pexpire(names.lease_key("x"), 5_000)
        self.let_pass(EVERY)
        remaining: Any = self.client.pttl(names.lease_key("x"))
        return int(remaining) > 5_000


@pytest.fixture
def held(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(client, monkeypatch)


def test_a_database_that_hangs_costs_neither_the_lease_nor_the_report(held: Held) -> None:
    assert held.keeper.hold()
    held.keeper.reported(REPORT)
    with held.keeper.database():
        held.let_pass(LATE)
        assert held.reported == []
        held.let_pass(STUCK / 2)
        assert held.reported == [(REPORT, True)] * round(STUCK / 2 / EVERY)
        assert held.is_renewed()


def test_a_collector_that_reports_is_not_spoken_for(held: Held) -> None:
    for _ in range(10):
        assert held.keeper.hold()
        held.keeper.reported(REPORT)
        held.let_pass(LATE)
    assert held.reported == []


def test_a_collector_that_is_slow_for_another_reason_does_not_blame_the_database(
    held: Held,
) -> None:
    held.keeper.reported(REPORT)
    held.let_pass(LATE + 1)
    assert held.reported == [(REPORT, False)]


def test_a_collector_that_stands_still_loses_its_lease(held: Held) -> None:
    with held.keeper.database():
        held.let_pass(STUCK)
        assert held.is_renewed() is False


def test_nobody_reports_for_a_slot_that_another_has(held: Held) -> None:
    held.keeper.reported(REPORT)
    held.client.set(names.lease_key("x"), b"{}")
    held.let_pass(LATE * 3)
    assert held.reported == []
    assert held.keeper.hold() is False
    assert held.keeper.is_owner is False


def test_a_lease_that_redis_forgot_is_acquired_again(held: Held) -> None:
    before = held.keeper.lease.fence
    held.client.delete(names.lease_key("x"))
    assert held.keeper.hold()
    assert held.keeper.lease.fence > before
    assert held.is_renewed()
