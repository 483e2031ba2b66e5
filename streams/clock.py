"""The clock: wall time in the unit that every record uses."""

import time


def now_ms() -> int:
    """Return the time in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000
