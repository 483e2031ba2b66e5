"""Small signals between processes: done batches, nudges, proofs of life, reports."""

import time
from contextlib import closing

import redis
from msgspec.structs import replace

from streams.live import heartbeats, report, wakeup
from streams.live.held_connection import HeldConnection
from streams.live.relay import Relay, relayed
from streams.live.report import Fault, SlotReport, StreamReport
from tests.rig.waiting import wait_until
from tests.streams.live.batches import batch


def test_batches_that_were_sent_on_are_told_once_in_order(client: redis.Redis) -> None:
    writer = Relay(client, 10)
    for number in (1, 2, 3):
        writer.push(batch(number, ("a",)), 0)
    assert [relayed(HeldConnection(client), "x", 1, 1.0) for _ in range(3)] == [[1], [2], [3]]
    assert relayed(HeldConnection(client), "x", 1, 0.01) == []


def test_batches_of_another_owner_are_not_told(client: redis.Redis) -> None:
    Relay(client, 10).push(batch(1, ("a",), fence=1), 0)
    assert relayed(HeldConnection(client), "x", 2, 0.01) == []


def test_a_nudge_reaches_who_listens_and_says_whether_anybody_did(client: redis.Redis) -> None:
    assert not wakeup.wake(client, "x")
    with closing(wakeup.Wakeups(client, "x")) as nudges:
        wait_until(lambda: wakeup.wake(client, "x"), 5, "a listener")
        wait_until(lambda: nudges.wait(0.1), 5, "the nudge")
        started = time.monotonic()
        assert not nudges.wait(0.05)
        assert time.monotonic() - started >= 0.04


def test_a_nudge_for_one_slot_does_not_reach_another(client: redis.Redis) -> None:
    with closing(wakeup.Wakeups(client, "x")) as nudges:
        wait_until(lambda: client.pubsub_channels("weir:nudge:x"), 5, "a listener")
        assert not wakeup.wake(client, "replay")
        assert not any(nudges.wait(0.02) for _ in range(3))


def test_a_worker_lives_while_it_proves_it(client: redis.Redis) -> None:
    assert heartbeats.alive(client, "tagger") == []
    heartbeats.beat(client, "tagger", "one@host")
    heartbeats.beat(client, "tagger", "two@host")
    heartbeats.beat(client, "collector", "three@host")
    assert heartbeats.alive(client, "tagger") == ["one@host", "two@host"]
    heartbeats.clear(client, "tagger", "one@host")
    assert heartbeats.alive(client, "tagger") == ["two@host"]
    [key] = client.keys("weir:alive:tagger:*")
    assert 0 < client.ttl(key) <= heartbeats.SECONDS


def test_a_report_is_read_as_it_was_written(client: redis.Redis) -> None:
    assert report.read(client, "x") is None
    said = SlotReport(
        "x", "w", 3, 123, "backing_off", {"a": StreamReport(2, 9, 1.5, note="wider")},
        fault=Fault("rate_limited", "Wait."), skipped={"not_json": 1},
    )  # fmt: skip
    report.write(client, said)
    found = report.read(client, "x")
    assert found
    assert 0 <= found.age(0) < 5000  # by the clock of Redis, whatever that of its machine
    assert replace(found, read_age_ms=None) == said
    assert report.read(client, "replay") is None
