"""A collector that is cut off lets go of streams that may have moved, and of no others."""

import time
from collections.abc import Sequence

import pytest
import redis
from msgspec.structs import replace

from streams.filter import Filter
from streams.live.lease import Lease
from streams.names import ANY
from streams.plan import Plan
from streams.post import Post
from streams.stream import Stream, Wanted
from workers.collector.lease_guard import LeaseGuardedSource
from workers.sources.source import Arrival, Followed, Link, Receive, Skipped

FIXED = Stream("fixed", 1, "a", "x", Filter("a"), Wanted.RUNNING, 1, False, 0, 0)
LOOSE = replace(FIXED, id="loose", plan=Plan(machine=ANY), placed_on="lab")
PATIENCE = 60.0


class Upstream:
    """A source whose lines are for the streams that they name."""

    live = True

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        return {each.id: Followed(1) for each in wanted}

    def run(self, receive: Receive) -> None:
        raise NotImplementedError

    def read(self, raw: bytes, received_at: int) -> Arrival | Skipped:
        return Arrival(Post(id="1", text=""), tuple(raw.decode().split()))

    def link(self) -> Link:
        return Link("connected")

    def settle(self, everything: bool) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError


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


def read(source: LeaseGuardedSource) -> tuple[str, ...] | str:
    line = source.read(b"fixed loose", 0)
    return line.kind if isinstance(line, Skipped) else line.stream_ids


def test_while_the_lease_is_renewed_everything_is_handed_on(clock: Clock, lease: Lease) -> None:
    source = LeaseGuardedSource(Upstream(), lease, PATIENCE)
    source.follow([FIXED, LOOSE])
    for _ in range(5):
        clock.now += PATIENCE - 1
        assert lease.renew()
        assert read(source) == ("fixed", "loose")


def test_cut_off_it_lets_go_of_what_may_have_moved_until_it_knows_what_is_wanted(
    clock: Clock, lease: Lease
) -> None:
    source = LeaseGuardedSource(Upstream(), lease, PATIENCE)
    source.follow([FIXED, LOOSE])
    clock.now += PATIENCE
    assert read(source) == ("fixed", "loose")
    clock.now += 5
    before = time.time() * 1000
    assert read(source) == ("fixed",)
    assert isinstance(source.read(b"loose", 0), Skipped)
    followed = source.follow([FIXED, LOOSE])
    assert followed["fixed"].lost_at is None
    lost_at = followed["loose"].lost_at
    assert lost_at is not None
    assert before - 5_100 <= lost_at <= time.time() * 1000 - 4_900
    assert read(source) == ("fixed", "loose")
    assert source.follow([FIXED, LOOSE])["loose"].lost_at is None


def test_what_moved_meanwhile_is_not_taken_up_again(clock: Clock, lease: Lease) -> None:
    source = LeaseGuardedSource(Upstream(), lease, PATIENCE)
    source.follow([FIXED, LOOSE])
    clock.now += PATIENCE + 1
    assert source.follow([FIXED]).keys() == {"fixed"}
    assert read(source) == ("fixed",)  # although upstream still routes what was on its way
    source.follow([FIXED, LOOSE])
    assert read(source) == ("fixed", "loose")


def test_a_stopped_stream_gets_what_was_on_its_way(clock: Clock, lease: Lease) -> None:
    source = LeaseGuardedSource(Upstream(), lease, PATIENCE)
    source.follow([FIXED, LOOSE])
    source.follow([FIXED])
    assert read(source) == ("fixed", "loose")
