"""How to reach Redis, and how long to wait for it."""

import re
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


def timeouts(seconds: float = SECONDS) -> dict[str, Any]:
    """Return the options that keep a client, ours or Celery's, from waiting for ever."""
    names = ((getattr(socket, name, None), value) for name, value in KEEPALIVE.items())
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "socket_keepalive": True,
        "socket_keepalive_options": {name: value for name, value in names if name is not None},
        "health_check_interval": 15,
    }


PASSING = frozenset({
    "READONLY", "OOM", "MISCONF", "NOAUTH", "NOPERM", "WRONGPASS", "LOADING", "UNBLOCKED", "BUSY",
    "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN",
})  # fmt: skip
"""Error replies of a Redis that will take the same command later, or once its operator acts."""
PASSING_ERRORS = (
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.NoPermissionError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
)
"""The same, where the client has a class for the code and takes it off the text."""
_CODE = re.compile(r"(?:Error running script \(call to \w+\): (?:@\w+: ?\d+: )+)?-?([A-Z]+)\b")
"""The code that a reply begins with; Redis 6 and older put theirs behind the name of a script."""


def may_pass(error: redis.exceptions.RedisError) -> bool:
    """Return whether a command may succeed when it is sent again; a wrong command never does.

    The code counts only where the reply begins: what follows may quote a command, and a post in it.
    """
    if not isinstance(error, redis.exceptions.ResponseError):
        return True
    code = _CODE.match(str(error))
    return isinstance(error, PASSING_ERRORS) or (code is not None and code[1] in PASSING)


def eviction_warning(client: redis.Redis) -> str | None:
    """Return what is wrong with the way this Redis makes room, or None if it deletes nothing.

    A Redis that does not report its policy is trusted. Raises RedisError when it does not answer.
    """
    memory = client.info("memory")
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if policy == "noeviction" or not memory.get("maxmemory"):
        return None
    return (
        f"Redis may delete leases, tasks and counters when its memory is full "
        f"(maxmemory-policy {policy}); set maxmemory-policy to noeviction"
    )


def connect(settings: Settings, seconds: float = SECONDS) -> "redis.Redis":
    """Return a client whose answers are bytes; it connects at its first command.

    A connection that Redis closed is made anew, once; a Redis that does not answer is not asked
    again, since whoever waits is better told.
    """
    return redis.Redis.from_url(
        settings.redis_url,
        protocol=2,  # of each message of version 3 the library writes a text for a log nobody reads
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.exceptions.ConnectionError,)),
        **timeouts(seconds),
        **settings.redis_options(),
    )
