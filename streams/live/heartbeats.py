"""Proof of life of worker processes, by role."""

import redis

from streams import names

SECONDS = 10
"""How long a proof holds."""


def beat(client: redis.Redis, role: str, name: str) -> None:
    """Publish a heartbeat of a worker of a role."""
    client.set(names.heartbeat_key(role, name), b"1", ex=SECONDS)


def clear(client: redis.Redis, role: str, name: str) -> None:
    """Withdraw the heartbeat without waiting for it to expire."""
    client.delete(names.heartbeat_key(role, name))


def alive(client: redis.Redis, role: str) -> list[str]:
    """Names of the workers of a role that live."""
    prefix = names.heartbeat_key(role, "")
    return sorted(key.decode()[len(prefix) :] for key in client.scan_iter(match=prefix + "*"))
