"""Trials: what a filter would bring, asked for before a stream is saved."""

from typing import Literal

import msgspec
import redis

from streams import names
from streams.filter import Filter
from streams.live.report import Fault
from streams.post import Post

KEPT_SECONDS = 600


class Trial(msgspec.Struct, frozen=True):
    """`rate_per_s` and `cost_per_day_usd` are estimates from one minute of the recent past."""

    id: str
    account_id: int
    filter: Filter
    state: Literal["running", "done", "failed"] = "running"
    rules: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()
    rate_per_s: float = 0.0
    cost_per_day_usd: float = 0.0
    cost_usd: float = 0.0
    """What the trial itself cost at X's price for a post read."""
    note: str | None = None
    error: Fault | None = None


def write(client: redis.Redis, trial: Trial) -> None:
    """Keep a trial for ten minutes."""
    client.set(names.trial_key(trial.id), msgspec.json.encode(trial), ex=KEPT_SECONDS)


def read(client: redis.Redis, trial_id: str) -> Trial | None:
    """Return a trial by its id."""
    value = client.get(names.trial_key(trial_id))
    return msgspec.json.decode(value, type=Trial) if value else None
