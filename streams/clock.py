"""The wall clock as Weir writes it down: milliseconds since the epoch."""

import time


def now_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
