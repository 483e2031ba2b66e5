"""Sockets of an account count at all web processes, as long as these live."""

from collections import Counter

from redis import Redis

from tests.rig.valkey import Valkey
from web.live.socket_counts import SILENT_MS, SocketCounts


class Clock:
    """Ms since the epoch, as a test sets them."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_sockets_count_at_all_processes_until_one_is_silent(valkey: Valkey) -> None:
    clock, client = Clock(), Redis.from_url(valkey.url)
    here, there = Counter({1: 2}), Counter({1: 3, 2: 1})
    first = SocketCounts(client, "a:1", lambda: here, clock)
    second = SocketCounts(client, "a:2", lambda: there, clock)
    assert first.all() == {1: 2}
    assert second.all() == first.all() == {1: 5, 2: 1}
    there[1] = 0
    assert second.all() == {1: 2, 2: 1}
    clock.now += int(SILENT_MS)
    assert first.all() == here == {1: 2}
    assert second.all() == {1: 2, 2: 1}


def test_a_process_that_follows_another_under_its_name_replaces_its_counts(valkey: Valkey) -> None:
    clock, client = Clock(), Redis.from_url(valkey.url)
    SocketCounts(client, "a:1", lambda: Counter({1: 40}), clock).all()
    assert SocketCounts(client, "a:1", lambda: Counter({1: 1}), clock).all() == {1: 1}


def test_own_sockets_count_while_redis_is_away() -> None:
    client = Redis.from_url("redis://127.0.0.1:1/0")
    assert SocketCounts(client, "a:1", lambda: Counter({1: 4}), Clock()).all() == {1: 4}
