"""Bounds of a process that handles what others wrote: its memory, and how little it may disturb."""

import os
import resource
from contextlib import suppress

NICENESS = 10
"""Added to the process's own: a process that collects goes first."""


def bound(memory: int) -> None:
    """Limit this process to `memory` bytes of its own and lower its priority, until it ends.

    Past the bound an allocation raises MemoryError. Linux counts what the process may write to;
    other systems may ignore the bound.
    """
    os.nice(NICENESS)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
