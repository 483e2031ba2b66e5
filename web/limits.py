"""Rate limits: how often one account or address may do something."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import gevent
from redis import Redis

from streams.live import LiveStoreError
from streams.names import limit_key
from streams.secret import fingerprint
from web.errors import ApiError

MAX_KEPT = 10_000
ANSWER_SECONDS = 3.0
"""How long a start or stop may take before it is answered with 503."""


class RateLimit(NamedTuple):
    """`burst` requests at once, then `per_second`."""

    burst: float
    per_second: float


WRITES = RateLimit(40, 4)
STARTS = RateLimit(20, 1)
SUBSCRIBES = RateLimit(60, 10)
SIGN_INS = RateLimit(240, 8)
"""Requests from one address; both legs of a sign-in count."""
LOOK_UPS = RateLimit(40, 10)
UNKNOWN_TOKENS = RateLimit(120, 4)
"""Tokens from one address that are not valid."""
READINESS = RateLimit(60, 10)
"""Checks of everything that one address asks for."""
PASSWORDS = RateLimit(8, 1 / 30)
"""Passwords tried from one address for one name."""
PASSWORDS_HERE = RateLimit(30, 1 / 4)
"""Passwords tried from one address."""
PASSWORDS_OF_NAME = RateLimit(60, 1 / 4)
"""Passwords tried for one name, wherever from."""


class RateLimiter:
    """Counts requests in memory, and those of unknown callers in Redis for all processes."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._left: dict[tuple[RateLimit, object], tuple[float, float]] = {}

    def take_shared(self, limit: RateLimit, name: str, caller: str) -> None:
        """Count one request of a caller here and in Redis, or refuse it with 429.

        In the time that a bucket takes to refill, it lets twice its burst pass, and so does Redis.
        """
        self.take(limit, (name, caller))
        key = limit_key(name, fingerprint(caller))
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(key)
                pipe.expire(key, int(limit.burst / limit.per_second) + 1, nx=True)
                count = pipe.execute()[0]
        except LiveStoreError:
            return  # the count in memory holds
        if count > 2 * limit.burst:
            raise _too_many()

    def take(self, limit: RateLimit, caller: object) -> None:
        """Count one request of a caller, or refuse it with 429."""
        now = time.monotonic()
        left, at = self._left.get((limit, caller), (limit.burst, now))
        left = min(limit.burst, left + (now - at) * limit.per_second)
        if left < 1:
            raise _too_many()
        if len(self._left) > MAX_KEPT:
            self._left = {key: kept for key, kept in self._left.items() if now - kept[1] < 60}
        self._left[limit, caller] = (left - 1, now)


def _too_many() -> ApiError:
    # Made anew each time: an exception that is raised again keeps the frames of every time before.
    text = "too many requests: wait a few seconds and try again"
    return ApiError(429, "too_many_requests", text)


@contextmanager
def deadline(seconds: float | None = ANSWER_SECONDS) -> Iterator[None]:
    """Answer 503 when the block takes longer; None sets no limit."""
    text = f"not confirmed within {seconds} s: it is safe to send this request again"
    expired, begun_at = ApiError(503, "too_slow", text), time.monotonic()
    try:
        with gevent.Timeout(seconds, expired):
            yield
    except Exception as error:
        # What was cut short may fail in its own way while it cleans up.
        if seconds is not None and time.monotonic() - begun_at >= seconds:
            raise expired from error
        raise
