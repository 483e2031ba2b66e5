"""Proof of life of worker processes, by role."""

import redis

from streams import names

SECONDS = 10
"""How long a proof holds."""


def beat(client: redis.Redis, role: str, name: str) -> None:
    """Say that a worker of a role lives."""
    client.set(names.heartbeat_key(role, name), b"1", ex=SECONDS)


def clear(client: redis.Redis, role: str, name: str) -> None:
    """Say that it has gone, without waiting for the proof to lapse."""
    client.delete(names.heartbeat_key(role, name))


def alive(client: redis.Redis, role: str) -> list[str]:
    """Names of the workers of a role that live."""
    prefix = names.heartbeat_key(role, "")
    return sorted(key.decode()[len(prefix) :] for key in client.scan_iter(match=prefix + "*"))
