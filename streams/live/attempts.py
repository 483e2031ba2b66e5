"""Attempts: how often a batch was begun to be tagged and not finished."""

import redis

from streams import names

KEPT_SECONDS = 3600
"""How long an unfinished attempt counts."""


def begin(client: redis.Redis, batch_id: str) -> int:
    """Record that a tagger begins a batch; return how many began it and did not finish."""
    key = names.attempts_key(batch_id)
    with client.pipeline() as pipe:
        pipe.incr(key)
        pipe.expire(key, KEPT_SECONDS)
        return int(pipe.execute()[0])


def finish(client: redis.Redis, batch_id: str) -> None:
    """Record that the labels of a batch are done: what happens later is no fault of its posts."""
    client.delete(names.attempts_key(batch_id))
