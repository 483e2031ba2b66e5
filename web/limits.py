"""Limits: how often one account or address may do a thing."""

import time
from typing import NamedTuple

from web.errors import ApiError

MAX_KEPT = 10_000


class RateLimit(NamedTuple):
    """So many at once, then so many a second."""

    burst: float
    per_second: float


WRITES = RateLimit(40, 4)
STARTS = RateLimit(20, 1)
SUBSCRIBES = RateLimit(60, 10)
SIGN_INS = RateLimit(120, 4)
LOOK_UPS = RateLimit(40, 10)


class RateLimiter:
    """Counts in this process, the only one that serves."""

    def __init__(self) -> None:
        self._left: dict[tuple[RateLimit, object], tuple[float, float]] = {}

    def take(self, limit: RateLimit, who: object) -> None:
        """Count one, or refuse with 429."""
        now = time.monotonic()
        left, at = self._left.get((limit, who), (limit.burst, now))
        left = min(limit.burst, left + (now - at) * limit.per_second)
        if left < 1:
            raise ApiError(429, "too_many_requests", "too many requests: wait a few seconds")
        if len(self._left) > MAX_KEPT:
            self._left = {key: kept for key, kept in self._left.items() if now - kept[1] < 60}
        self._left[limit, who] = (left - 1, now)
