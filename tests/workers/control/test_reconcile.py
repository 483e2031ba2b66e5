"""Who gets a collector: every wanted slot without one, and no more replays than there is room."""

from pathlib import Path

import pytest
import redis

from streams import names
from streams.filter import Filter
from streams.live.lease import Lease
from streams.plan import Plan
from streams.replay import Replay, ReplayProgress
from streams.sources import REPLAYS_AT_ONCE
from streams.stream import Stream, Wanted
from tests.rig.database import new_store
from workers.control.reconcile import (
    EVERY_MS,
    apply_wanted_state,
    is_due,
    start_missing_collectors,
)


def ignore(slot: str) -> None:
    """Enqueue no collector."""


class Wishes:
    """A store with one account, and the slots that collectors were asked for."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.store = new_store(folder)
        self.account_id = self.store.accounts.sign_in("1", "demo", "Demo", None, b"x", 0).id
        self.redis = redis.Redis.from_url(redis_url)

    def stream(self, now: int, source: str = "replay") -> Stream:
        plan = Plan(replay=Replay("rain")) if source == "replay" else Plan()
        streams = self.store.streams
        made = streams.create(self.account_id, "a", Filter("rain"), now, plan=plan, source=source)
        started = streams.edit(made.id, self.account_id, now, wanted=Wanted.RUNNING)
        assert started is not None
        return started

    def asked(self) -> list[str]:
        slots: list[str] = []
        start_missing_collectors(self.store, self.redis, slots.append, 1_000)
        return slots

    def take(self, slot: str) -> None:
        assert Lease.acquire(self.redis, slot, "worker", 60) is not None


@pytest.fixture
def wishes(tmp_path: Path, redis_url: str) -> Wishes:
    return Wishes(tmp_path, redis_url)


def test_streams_share_a_slot_and_replays_have_their_own(wishes: Wishes) -> None:
    wishes.stream(1, "x")
    wishes.stream(2, "x")
    replays = [wishes.stream(3), wishes.stream(4)]
    assert wishes.asked() == ["x", *(f"replay:{each.id}" for each in replays)]
    wishes.take("x")
    wishes.take(replays[0].slot)
    assert wishes.asked() == [replays[1].slot]


def test_replays_past_the_limit_wait_for_those_that_came_before(wishes: Wishes) -> None:
    replays = [wishes.stream(number) for number in range(1, REPLAYS_AT_ONCE + 3)]
    asked = wishes.asked()
    assert asked == [each.slot for each in replays[:REPLAYS_AT_ONCE]]
    for slot in asked:
        wishes.take(slot)
    assert wishes.asked() == []
    wishes.redis.delete(*wishes.redis.keys("weir:lease:*"))
    for done in replays[:4]:
        wishes.store.replays.write(ReplayProgress(done.id, 1, began_at=1, ended_at=2))
    for each in replays[4:REPLAYS_AT_ONCE]:
        wishes.take(each.slot)
    assert wishes.asked() == [each.slot for each in replays[REPLAYS_AT_ONCE:]]


def test_a_replay_that_has_ended_gets_no_collector(wishes: Wishes) -> None:
    replay = wishes.stream(1)
    wishes.store.replays.write(ReplayProgress(replay.id, 1, began_at=1, ended_at=2))
    slots: list[str] = []
    apply_wanted_state(replay.id, wishes.store, wishes.redis, slots.append, 1_000)
    assert slots == []


def test_a_gap_ends_when_a_stream_is_stopped_that_nobody_listens_to(wishes: Wishes) -> None:
    stream = wishes.stream(1, "x")
    wishes.store.gaps.open(stream.id, 5, "machine_away")
    apply_wanted_state(stream.id, wishes.store, wishes.redis, ignore, 1_000)
    assert wishes.store.gaps.of(stream.id)[0].ended_at is None
    wishes.store.streams.edit(stream.id, wishes.account_id, 2_000, wanted=Wanted.STOPPED)
    apply_wanted_state(stream.id, wishes.store, wishes.redis, ignore, 2_000)
    assert wishes.store.gaps.of(stream.id)[0].ended_at == 2_000


def test_requests_that_piled_up_are_done_once_by_the_clock_of_redis(wishes: Wishes) -> None:
    assert [is_due(wishes.redis) for _ in range(5)] == [True, False, False, False, False]
    assert 0 < wishes.redis.pttl(names.RECONCILED) <= EVERY_MS
    wishes.redis.delete(names.RECONCILED)  # as when the time is over
    assert is_due(wishes.redis)
