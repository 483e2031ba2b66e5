"""What Redis holds of streams that is not in SQL yet, whichever collector it came from."""

from collections.abc import Container

import redis

from streams import names
from streams.live import batches


def unsettled(client: redis.Redis, known: Container[str]) -> frozenset[str]:
    """Return the streams of which Redis has counts, or batches to be relayed, that are not `known`.

    `known` holds ids of batches, and tokens of what was left out. This goes through all keys.
    Raises LiveStoreError.
    """
    return frozenset(_on_their_way(client, known) | _pending(client, known))


def _on_their_way(client: redis.Redis, known: Container[str]) -> set[str]:
    found: set[str] = set()
    prefix = names.batch_key("")
    for key in client.scan_iter(match=prefix + "*", count=1000):
        batch_id = key.decode().removeprefix(prefix)
        if batch_id not in known and not client.exists(names.relayed_key(batch_id)):
            batch = batches.read(client, batch_id)
            found.update(*(batch.routes if batch else ()))
    return found


def _pending(client: redis.Redis, known: Container[str]) -> set[str]:
    found: set[str] = set()
    for key in client.scan_iter(match=names.minutes_key("*"), count=1000):
        fields = [it.decode() if isinstance(it, bytes) else it for it in client.hkeys(key)]
        tokens = [each[1:] for each in fields if each.startswith(names.pending_field(""))]
        if not all(token in known for token in tokens):
            found.update(each.partition("|")[0] for each in fields if "|" in each)
    return found
