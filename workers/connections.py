"""Connections to the stores; made at first use, so that forked children make their own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import redis

from streams.live import connect
from streams.settings import settings

if TYPE_CHECKING:
    from streams.store import Store


@cache
def live() -> redis.Redis:
    """Return the client of the live store."""
    return connect(settings())


@cache
def store() -> Store:
    """Return the SQL store."""
    from streams.store import Store  # 20 MB, which a process that waits for tasks does without

    return Store.open(settings().database_url)
