"""Redis's clock corrects that of a process."""

import time

import redis

from streams.clock import Clock
from streams.live.clock import learn_from

HOUR = 3_600_000


def wall() -> int:
    return time.time_ns() // 1_000_000


def steady() -> int:
    return time.monotonic_ns() // 1_000_000


def test_a_clock_that_differs_from_that_of_redis_is_corrected(client: redis.Redis) -> None:
    ahead, right = Clock(lambda: wall() + HOUR, steady), Clock(wall, steady)
    for clock in (ahead, right):
        learn_from(client, clock)
    assert abs(ahead.now_ms() - wall()) < 1_000
    assert "3,600 s ahead of that of Redis" in ahead.warning
    assert right.warning == ""
