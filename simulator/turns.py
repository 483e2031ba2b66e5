"""Turns: long work lets everything else that waits go on, however slow the machine is."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import gevent

T = TypeVar("T")
SLICE = 0.005
"""Seconds of work until others have their turn."""


def in_turns(items: Iterable[T], seconds: float = SLICE) -> Iterator[T]:
    """Yield items, and let others go on whenever `seconds` were spent on some of them."""
    end = time.monotonic() + seconds
    for item in items:
        yield item
        if time.monotonic() >= end:
            gevent.sleep(0)
            end = time.monotonic() + seconds
