"""Redis's clock, by which all processes of a system date what they record."""

import time

import redis

from streams.clock import Clock

LONGEST_ANSWER = 1.0
"""Seconds after which an answer says too little about the time."""


def learn_from(client: redis.Redis, clock: Clock) -> None:
    """Compare a clock with that of Redis; raises LiveStoreError."""
    asked_at = time.monotonic()
    seconds, micros = client.time()
    took = time.monotonic() - asked_at
    if took <= LONGEST_ANSWER:
        clock.learn(seconds * 1000 + micros // 1000 + round(took * 500), "Redis")
