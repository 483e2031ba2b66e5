"""Logs during a trial: what goes on for long is one line a minute, not a flood."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

MINUTE = 60.0
MOST = 6
"""Lines of one kind in a minute: processes that are started anew repeat some."""
PARTS = ("web", "collector", "tagger", "beat", "jobs")
_LINE = re.compile(r"\[?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3}:? (WARNING|ERROR|CRITICAL)\S* (.*)")
_VARIES = re.compile(r"'[^']*'|\d+")


class LogRepeats:
    """Looks at what the parts of a system have logged since it was made."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the output of each part, `<name>.log`."""
        self._logs = {name: folder / f"{name}.log" for name in PARTS}
        self._begun = {name: _size(path) for name, path in self._logs.items()}

    def found(self) -> list[str]:
        """Return a sentence for each kind of line that came too often in a minute."""
        return [
            f"{name} logged {count} times in a minute: {kind[:80]}"
            for name, path in self._logs.items()
            for kind, count in too_often(_lines(path, self._begun[name])).items()
        ]


def too_often(lines: Iterable[str]) -> dict[str, int]:
    """Return the kinds of warnings and errors that came more than MOST times in a minute.

    A kind is a line without its numbers and quoted parts.
    """
    recent: dict[str, deque[float]] = {}
    most: dict[str, int] = {}
    for line in lines:
        if not (match := _LINE.match(line)):
            continue
        at, kind = datetime.fromisoformat(match[1]).timestamp(), _VARIES.sub("…", match[3])
        times = recent.setdefault(kind, deque())
        times.append(at)
        while not 0 <= at - times[0] < MINUTE:  # also where a clock was set
            times.popleft()
        most[kind] = max(most.get(kind, 0), len(times))
    return {kind: count for kind, count in most.items() if count > MOST}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _lines(path: Path, begun: int) -> Iterator[str]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(begun)
        yield from file
