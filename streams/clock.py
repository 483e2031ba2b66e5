"""The wall clock, in the unit that everything is stamped with."""

import time


def now_ms() -> int:
    """Return the time now, in ms since the epoch."""
    return time.time_ns() // 1_000_000
