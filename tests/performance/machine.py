"""The machine that measures: what it is, what else runs on it, and how many cores may be used."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.performance.usage import process_seconds

SAMPLE_SECONDS = 2.0


@contextmanager
def on_cores(number: int | None) -> Iterator[None]:
    """Run the block, and the processes that it starts, on so many cores; None is all."""
    before = os.sched_getaffinity(0)
    if number is not None:
        os.sched_setaffinity(0, sorted(before)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def facts() -> str:
    """Describe the machine, and what else ran on it for two seconds."""
    cores = len(os.sched_getaffinity(0))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    beside = ", ".join(f"{name} {used:.0f} %" for name, used in others()) or "nothing"
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}, {platform.machine()}, {_processor()}, "
        f"{cores} core{'s' * (cores != 1)}, {_memory_gb():.0f} GB, "
        f"Python {platform.python_version()}; load averages {load}; beside it ran: {beside}"
    )


def others(least: float = 1.0) -> list[tuple[str, float]]:
    """Return other processes that use `least` percent of a core or more, the busiest first."""
    before = {pid: process_seconds(pid) for pid in _processes()}
    time.sleep(SAMPLE_SECONDS)
    used = [
        (_name(pid), 100 * (process_seconds(pid) - was) / SAMPLE_SECONDS)
        for pid, was in before.items()
    ]
    return sorted((each for each in used if each[1] >= least), key=lambda each: -each[1])


def _processes() -> list[int]:
    found = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [pid for pid in found if pid != os.getpid()]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "ended"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _memory_gb() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
