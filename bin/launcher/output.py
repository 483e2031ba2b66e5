"""What a process says: it writes to a file of its own, and its starter reads along.

A pipe would break when the starter is killed, and a worker could then not even say that it stops.
"""

import shutil
from collections import deque
from pathlib import Path

MAX_BYTES = 10_000_000
LAST_LINES = 15


class Output:
    """A log file that a process appends to; one earlier file is kept beside it."""

    def __init__(self, path: Path):
        self.path = path
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self._read = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def lines(self) -> list[str]:
        """Return the whole lines that were added since the last call."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            added = file.read()
        self._read += len(added)
        if self._read > MAX_BYTES:
            earlier = self.path.with_suffix(".1.log")
            try:
                shutil.copy(self.path, earlier)
            except OSError:  # a full disk must not end the launcher, and every part with it
                earlier.unlink(missing_ok=True)
            self.path.open("wb").close()
            self._read = 0
        *whole, self._rest = (self._rest + added).split(b"\n")
        lines = [line.decode("utf-8", "replace").rstrip() for line in whole]
        self.last.extend(lines)
        return lines
