"""The process that ends the others: told of each by its starter, it acts when that starter is gone.

The starter holds the other end of standard input. However it ends, by Ctrl-C or by `kill -9`, that
end closes, and every process it named is stopped: the parts first, then what they lean on. Each is
the leader of a session of its own, so nothing that it started outlives it either.

Lines read: `start <pid> <stage> <name>` (stage 0 is stopped first) and `gone <pid>`.
Runs by itself, on the standard library alone.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 12.0
"""Time to seal, release and answer last requests; a host such as Heroku allows 30 s."""

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
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group in which all have ended
        return False
    return True


def stop(names: dict[int, str]) -> None:
    """Ask each leader to stop, then kill what is left of its session."""
    for pid in names:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(is_alive, names)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid, name in names.items():
        if is_alive(pid):
            print(f"{name} did not stop in {GRACE_SECONDS:.0f} s and was killed", file=sys.stderr)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Wait, then stop stage after stage."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: Watched = {}
    watch(watched)
    for stage in sorted({stage for stage, _ in watched.values()}):
        stop({pid: name for pid, (of, name) in watched.items() if of == stage})


if __name__ == "__main__":
    main()
