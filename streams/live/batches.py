"""Batches on their way to the taggers: kept in Redis, so that a task carries only a name.

Celery encodes what a task carries four times on its way, and keeps a copy while a tagger holds it.
"""

import redis

from streams import names
from streams.batch import Batch

KEPT_SECONDS = 24 * 3600
"""How long a batch waits for a tagger; there are few, since collectors bound those on their way."""


def keep(client: redis.Redis, batch: Batch) -> None:
    """Write a batch, before its task is sent."""
    client.set(names.batch_key(batch.id), batch.pack(), ex=KEPT_SECONDS)


def read(client: redis.Redis, batch_id: str) -> Batch | None:
    """Return a batch, or None when it was relayed or Redis lost it.

    Raises msgspec.DecodeError when the key holds something else.
    """
    packed = client.get(names.batch_key(batch_id))
    return Batch.unpack(packed) if isinstance(packed, bytes) else None


def drop(client: redis.Redis, batch_id: str) -> None:
    """Remove a batch that was relayed."""
    client.unlink(names.batch_key(batch_id))
