"""CPU and memory of the system's parts, each with all its children, from /proc."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def sessions(parts: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the ids of all processes of each part; a part leads a session of its own."""
    names = {pid: name for name, pid in parts.items()}
    found: dict[str, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else None
        if fields and (name := names.get(int(fields[3]))):
            found[name].append(int(entry.name))
    return found


def cpu_seconds(parts: Mapping[str, int]) -> dict[str, float]:
    """Return the CPU seconds that each part has used so far."""
    used = dict.fromkeys(parts, 0.0)
    for name, pids in sessions(parts).items():
        for pid in pids:
            used[name] += process_seconds(pid)
    return used


def process_seconds(pid: int) -> float:
    """Return the CPU seconds that one process has used so far; 0 when it has gone."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def memory_mb(parts: Mapping[str, int]) -> dict[str, float]:
    """Return the memory of each part in MB; pages that processes share count once in all."""
    used = dict.fromkeys(parts, 0.0)
    for name, pids in sessions(parts).items():
        for pid in pids:
            used[name] += _pss(pid)
    return used


def _stat(pid: int) -> list[str] | None:
    """Return the fields of a process after its name, or None when it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
