"""How to reach Redis, and how long to wait for it."""

import socket
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.settings import Settings

SECONDS = 4.0
"""How long Redis may take to answer. No command that we wait for blocks longer than a second."""
KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 25_000}
"""What ends a connection that only listens, when the machine at its other end has vanished."""


def timeouts() -> dict[str, Any]:
    """Return the options that keep a client, ours or Celery's, from waiting for ever."""
    names = ((getattr(socket, name, None), value) for name, value in KEEPALIVE.items())
    return {
        "socket_timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        "socket_keepalive": True,
        "socket_keepalive_options": {name: value for name, value in names if name is not None},
        "health_check_interval": 15,
    }


PASSING = (
    "READONLY", "OOM", "MISCONF", "NOAUTH", "NOPERM", "WRONGPASS", "LOADING", "UNBLOCKED", "BUSY",
    "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN",
)  # fmt: skip
"""Error replies of a Redis that will take the same command later, or once its operator acts."""


def may_pass(error: redis.exceptions.RedisError) -> bool:
    """Return whether a command may succeed when it is sent again; a wrong command never does."""
    if not isinstance(error, redis.exceptions.ResponseError):
        return True
    passing = (
        redis.exceptions.ReadOnlyError,
        redis.exceptions.OutOfMemoryError,
        redis.exceptions.NoPermissionError,
        redis.exceptions.BusyLoadingError,
    )
    return isinstance(error, passing) or any(code in str(error) for code in PASSING)


def connect(settings: Settings) -> "redis.Redis":
    """Return a client whose answers are bytes; it connects at its first command.

    A connection that Redis closed is made anew, once; a Redis that does not answer is not asked
    again, since whoever waits is better told.
    """
    return redis.Redis.from_url(
        settings.redis_url,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,)),
        **timeouts(),
        **settings.redis_options(),
    )
