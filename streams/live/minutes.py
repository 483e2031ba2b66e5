"""Counts by minute on their way from Redis to SQL."""

import secrets
from collections import defaultdict
from importlib.resources import files
from typing import Literal

import msgspec
import redis

from streams import names

_RESTORE = files("streams.live").joinpath("restore.lua").read_text()


class PendingCounts(msgspec.Struct, frozen=True):
    """Counts set aside: by stream id and minute (minutes since the epoch), posts by label.

    `sources` are the ids of the batches, and the tokens of what was left out, that are in them.
    """

    token: str
    counts: dict[tuple[str, int], dict[str, int]]
    sources: frozenset[str] = frozenset()


SourceState = Literal["waiting", "kept", "counted", "lost"]
"""Of counts: on their way to SQL; of a batch that no tagger has relayed; in SQL; nowhere."""


class SourceCounts(msgspec.Struct, frozen=True):
    """Posts by stream that one batch, or one token of what was left out, adds to the counts.

    `second` (since the epoch) is when the first of them was received.
    """

    second: int
    posts: dict[str, int]


def take(client: redis.Redis, slot: str) -> PendingCounts | None:
    """Set the pending counts of a slot aside and return them; call `settle` once SQL has them.

    What was set aside and never settled is returned again under the same token.
    """
    aside = names.minutes_aside_key(slot)
    if not client.exists(aside):
        try:
            client.rename(names.minutes_key(slot), aside)
        except redis.ResponseError:
            return None
    client.hsetnx(aside, "token", secrets.token_hex(8))
    fields = {_text(name): _text(value) for name, value in client.hgetall(aside).items()}
    token = fields.pop("token")
    counts: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    sources = {field[1:] for field in fields if field.startswith(names.pending_field(""))}
    for field, count in fields.items():
        if field[1:] in sources:
            continue
        stream_id, minute, label = field.split("|")
        counts[stream_id, int(minute)][label] = int(count)
    return PendingCounts(token, dict(counts), frozenset(sources))


def settle(client: redis.Redis, slot: str) -> None:
    """Forget the counts that `take` set aside."""
    client.delete(names.minutes_aside_key(slot))


def restore(
    client: redis.Redis, slot: str, token: str, lost: SourceCounts, *, is_certain: bool
) -> SourceState:
    """Return what became of a batch, or a token; if it is certainly lost, count its posts, once.

    They count as `not_labelled`. A tagger that still holds the batch relays it no more. `counted`
    is true only after `settle`: SQL has the counts.
    """
    minute = lost.second // 60
    keys = [names.relayed_key(token), names.batch_key(token)]
    keys += [names.minutes_key(slot), names.minutes_aside_key(slot)]
    args: list[str | int] = [names.pending_field(token), lost.second, int(is_certain)]
    for stream_id, count in lost.posts.items():
        keys += [names.live_key(stream_id), names.second_key(stream_id, minute)]
        args += [stream_id, count]
    answer = client.register_script(_RESTORE)(keys=keys, args=args)
    state: SourceState = msgspec.convert(answer.decode(), SourceState)
    return state


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
