"""Rate limits: how often one account or address may do something."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import gevent

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
SIGN_INS = RateLimit(120, 4)
LOOK_UPS = RateLimit(40, 10)


class RateLimiter:
    """Counts requests in memory: one process serves them all."""

    def __init__(self) -> None:
        self._left: dict[tuple[RateLimit, object], tuple[float, float]] = {}

    def take(self, limit: RateLimit, caller: object) -> None:
        """Count one request of a caller, or refuse it with 429."""
        now = time.monotonic()
        left, at = self._left.get((limit, caller), (limit.burst, now))
        left = min(limit.burst, left + (now - at) * limit.per_second)
        if left < 1:
            raise ApiError(
                429, "too_many_requests", "too many requests: wait a few seconds and try again"
            )
        if len(self._left) > MAX_KEPT:
            self._left = {key: kept for key, kept in self._left.items() if now - kept[1] < 60}
        self._left[limit, caller] = (left - 1, now)


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
