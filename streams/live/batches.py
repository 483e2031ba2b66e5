"""Batches on their way to the taggers: kept in Redis, so that a task carries only a name.

Celery encodes what a task carries four times on its way, and keeps a copy while a tagger holds it.
"""

from typing import Any

import redis
from redis.exceptions import ResponseError

from streams import names
from streams.batch import Batch
from streams.live.held_connection import Command, HeldConnection

KEPT_SECONDS = 24 * 3600
"""How long a batch waits for a tagger; there are few, since collectors bound those on their way."""

ATTEMPT_SECONDS = 3600
"""How long an unfinished attempt counts."""


def kept(batch: Batch) -> Command:
    """Return the command that writes a batch."""
    return "SET", names.batch_key(batch.id), batch.pack(), "EX", KEPT_SECONDS


def begin(connection: HeldConnection, batch_id: str) -> tuple[Batch | None, int]:
    """Return a batch, and how many taggers began it and did not finish, this one among them.

    The batch is None when it was relayed or Redis lost it; its relay ends the attempt. A Redis
    that refuses to count costs the bound on attempts, not the labels.
    Raises RedisError, or msgspec.DecodeError when the key holds something else.
    """
    attempts = names.attempts_key(batch_id)
    packed, attempt, _ = connection.ask(
        ("GET", names.batch_key(batch_id)),
        ("INCR", attempts),
        ("EXPIRE", attempts, ATTEMPT_SECONDS),
    )
    if isinstance(packed, ResponseError):
        raise packed
    return _unpacked(packed), attempt if isinstance(attempt, int) else 1


def read(client: redis.Redis, batch_id: str) -> Batch | None:
    """Return a batch, or None when it was relayed or Redis lost it.

    Raises msgspec.DecodeError when the key holds something else.
    """
    return _unpacked(client.get(names.batch_key(batch_id)))


def _unpacked(packed: Any) -> Batch | None:
    return Batch.unpack(packed) if isinstance(packed, bytes) else None
