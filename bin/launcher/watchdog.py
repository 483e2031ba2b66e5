"""The process that ends the others: told of each by its starter, it acts when that starter is gone.

The starter holds the other end of standard input. However it ends, by Ctrl-C or by `kill -9`, that
end closes, and every process it named is stopped: the parts first, then what they lean on. Each is
the leader of a session of its own, so nothing that it started outlives it either.

Lines read: `start <pid> <stage> <name>` (stage 0 is stopped first) and `gone <pid>`.
Its argument is how many seconds each stage has. It runs on the standard library alone.
"""

import os
import signal
import sys
import time
from collections.abc import Callable

POLL_SECONDS = 0.02

Kill = Callable[[int, int], None]
Watched = dict[int, tuple[int, str]]


def watch(watched: Watched) -> None:
    """Follow what the starter says until it is gone."""
    for line in sys.stdin:
        word, pid, *rest = line.split(maxsplit=3)
        if word == "start":
            watched[int(pid)] = (int(rest[0]), rest[1].strip())
        else:
            watched.pop(int(pid), None)


def is_alive(group: int) -> bool:
    """Whether any process of the group is left."""
    return reaches(os.killpg, group)


def reaches(kill: Kill, target: int, signum: int = 0) -> bool:
    """Send a signal to a process or a group; whether there was any to take it."""
    try:
        kill(target, signum)
    except (ProcessLookupError, PermissionError):  # macOS denies it for a group of ended ones
        return False
    return True


def stop(names: dict[int, str], grace: float) -> None:
    """Ask each leader to stop, then what it left behind; kill what is there after `grace` s."""
    for pid in names:
        reaches(os.kill, pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    leading = set(names)
    while any(map(is_alive, names)) and time.monotonic() < deadline:
        for pid in [pid for pid in leading if not reaches(os.kill, pid)]:
            leading.remove(pid)
            reaches(os.killpg, pid, signal.SIGTERM)
        time.sleep(POLL_SECONDS)
    for pid, name in names.items():
        if reaches(os.killpg, pid, signal.SIGKILL):
            print(f"{name} did not stop in {grace:g} s and was killed", file=sys.stderr)


def main(grace: float) -> None:
    """Wait, then stop stage after stage."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: Watched = {}
    watch(watched)
    for stage in sorted({stage for stage, _ in watched.values()}):
        stop({pid: name for pid, (of, name) in watched.items() if of == stage}, grace)


if __name__ == "__main__":
    main(float(sys.argv[1]))
