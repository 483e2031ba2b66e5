"""Proof of life of worker processes, by role."""

import redis

from streams import topics

SECONDS = 10
"""How long a proof holds."""


def prove(client: redis.Redis, role: str, name: str) -> None:
    """Say that a worker of a role lives."""
    client.set(topics.alive_key(role, name), b"1", ex=SECONDS)


def retract(client: redis.Redis, role: str, name: str) -> None:
    """Say that it has gone, without waiting for the proof to lapse."""
    client.delete(topics.alive_key(role, name))


def living(client: redis.Redis, role: str) -> list[str]:
    """Names of the workers of a role that live."""
    prefix = topics.alive_key(role, "")
    return sorted(key.decode()[len(prefix) :] for key in client.scan_iter(match=prefix + "*"))
