"""A collector that is cut off gives up streams that may have moved, and no others."""

import time

import pytest
import redis
from msgspec.structs import replace

from streams.filter import Filter
from streams.live.lease import Lease
from streams.names import ANY
from streams.plan import Plan
from streams.post import Post
from streams.stream import Stream, Wanted
from workers.collector.lease_guard import LeaseGuard
from workers.sources.source import Arrival

FIXED = Stream("fixed", 1, "a", "x", Filter("a"), Wanted.RUNNING, 1, False, 0, 0)
MOVABLE = replace(FIXED, id="movable", plan=Plan(machine=ANY), placed_on="lab")
PATIENCE = 60.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    """Time that passes when the test says so."""
    made = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: made.now)
    return made


class Clock:
    now = 1000.0


@pytest.fixture
def lease(clock: Clock, redis_url: str) -> Lease:
    taken = Lease.acquire(redis.Redis.from_url(redis_url), "x@lab", "w", 60)
    assert taken is not None
    return taken


def given(guard: LeaseGuard, *stream_ids: str) -> tuple[str, ...]:
    """The streams that get a post which is for `stream_ids`."""
    return guard.allowed(Arrival(Post(id="1", text=""), stream_ids or ("fixed", "movable")))


def test_while_the_lease_is_renewed_everything_is_handed_on(clock: Clock, lease: Lease) -> None:
    guard = LeaseGuard(lease, PATIENCE)
    guard.follow([FIXED, MOVABLE])
    for _ in range(5):
        clock.now += PATIENCE - 1
        assert lease.renew()
        assert given(guard) == ("fixed", "movable")


def test_a_lease_that_is_renewed_too_late_gives_nothing_back_before_what_is_wanted_is_known(
    clock: Clock, lease: Lease
) -> None:
    guard = LeaseGuard(lease, PATIENCE)
    guard.follow([FIXED, MOVABLE])
    clock.now += PATIENCE + 5
    guard.note_lapse()
    assert lease.renew()
    assert given(guard) == ("fixed",)
    guard.follow([FIXED])
    assert given(guard) == ("fixed",)
    guard.follow([FIXED, MOVABLE])
    assert given(guard) == ("fixed", "movable")


def test_cut_off_it_lets_go_of_what_may_have_moved_until_it_knows_what_is_wanted(
    clock: Clock, lease: Lease
) -> None:
    guard = LeaseGuard(lease, PATIENCE)
    guard.follow([FIXED, MOVABLE])
    clock.now += PATIENCE
    assert given(guard) == ("fixed", "movable")
    clock.now += 5
    before = time.time() * 1000
    assert given(guard) == ("fixed",)
    assert given(guard, "movable") == ()
    guard.follow([FIXED, MOVABLE])
    assert guard.lost.keys() == {"movable"}
    assert before - 5_100 <= guard.lost["movable"] <= time.time() * 1000 - 4_900
    assert given(guard) == ("fixed", "movable")
    guard.follow([FIXED, MOVABLE])
    assert guard.lost == {}


def test_what_moved_meanwhile_is_not_taken_up_again(clock: Clock, lease: Lease) -> None:
    guard = LeaseGuard(lease, PATIENCE)
    guard.follow([FIXED, MOVABLE])
    clock.now += PATIENCE + 1
    guard.follow([FIXED])
    assert guard.lost == {}
    assert given(guard) == ("fixed",)  # although upstream still routes what was on its way
    guard.follow([FIXED, MOVABLE])
    assert given(guard) == ("fixed", "movable")


def test_a_stopped_stream_gets_what_was_on_its_way(clock: Clock, lease: Lease) -> None:
    guard = LeaseGuard(lease, PATIENCE)
    guard.follow([FIXED, MOVABLE])
    guard.follow([FIXED])
    assert given(guard) == ("fixed", "movable")
