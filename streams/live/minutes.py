"""Counts by minute on their way from Redis to SQL."""

import secrets
from collections import defaultdict

import msgspec
import redis

from streams import names


class PendingCounts(msgspec.Struct, frozen=True):
    """Counts set aside: by stream id and minute (minutes since the epoch), posts by label."""

    token: str
    counts: dict[tuple[str, int], dict[str, int]]


def take(client: redis.Redis, slot: str) -> PendingCounts | None:
    """Set the pending counts of a slot aside and return them; call `settle` once SQL has them.

    What was set aside and never settled is returned again under the same token.
    """
    aside = _aside(slot)
    if not client.exists(aside):
        try:
            client.rename(names.minutes_key(slot), aside)
        except redis.ResponseError:
            return None
    client.hsetnx(aside, "token", secrets.token_hex(8))
    fields = {_text(name): _text(value) for name, value in client.hgetall(aside).items()}
    token = fields.pop("token")
    counts: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for field, count in fields.items():
        stream_id, minute, label = field.split("|")
        counts[stream_id, int(minute)][label] = int(count)
    return PendingCounts(token, dict(counts))


def settle(client: redis.Redis, slot: str) -> None:
    """Forget the counts that `take` set aside."""
    client.delete(_aside(slot))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _aside(slot: str) -> str:
    return names.minutes_key(slot) + ":aside"
