"""Counts by minute reach SQL once, whatever breaks on the way."""

import redis

from streams.live import minutes
from streams.live.relay import Relay
from tests.streams.live.batches import batch

A, B = "a" * 16, "b" * 16
NOW = 1_800_000_000
MINUTE = NOW // 60


def test_nothing_counted_is_nothing_taken(client: redis.Redis) -> None:
    assert minutes.take(client, "x") is None
    minutes.settle(client, "x")


def test_what_was_taken_is_taken_again_until_it_is_settled(client: redis.Redis) -> None:
    writer = Relay(client, 10)
    writer.push(batch(1, (A, B), (A,)), NOW)
    first = minutes.take(client, "x")
    assert first is not None
    assert first.counts == {(A, MINUTE): {"neutral": 2}, (B, MINUTE): {"neutral": 1}}
    writer.push(batch(2, (A,), label="positive"), NOW + 60)
    assert minutes.take(client, "x") == first
    minutes.settle(client, "x")
    second = minutes.take(client, "x")
    assert second is not None
    assert second.counts == {(A, MINUTE + 1): {"positive": 1}}
    assert second.token != first.token
    minutes.settle(client, "x")
    assert minutes.take(client, "x") is None


def test_slots_are_counted_apart(client: redis.Redis) -> None:
    Relay(client, 10).push(batch(1, (A,)), NOW)
    assert minutes.take(client, "replay") is None
