"""Which posts of a running trial are in no capture, gap or doubt so far, and since which fault."""

import os
import time
from bisect import bisect
from pathlib import Path

from tests.faults.segment_ids import ids_in, ids_of
from tests.faults.trial import Trial
from workers.captures.segments.names import is_side

SETTLED_MS = 5_000
"""Age of a post below which it may still be on its way."""


class LedgerSoFar:
    """Reads of each file only what was added since the last look."""

    def __init__(self, trial: Trial) -> None:
        self.strikes: list[tuple[float, str]] = []
        """When (ms) each fault began, and its name."""
        self._trial = trial
        self._captured: set[str] = set()
        self._read: dict[tuple[int, str], int] = {}
        """By inode and beginning of the name, which a seal leaves as they are: bytes read."""

    def look(self) -> list[float] | None:
        """Return when the unexplained posts were sent (ms); None while the web does not answer."""
        try:
            gaps, doubts = self._trial.gaps()
        except (OSError, AssertionError):
            return None
        settled = time.time() * 1000 - SETTLED_MS
        self._read_new_lines()
        sent = self._trial.load.sent.copy()
        missing = [key for key, at in sent.items() if at < settled and key not in self._captured]
        known = gaps + doubts
        return [sent[key] for key in missing if not self._trial.is_in(key, known)]

    def strike_at(self, at: float) -> str:
        """Name the fault that struck last before a time (ms)."""
        index = bisect([began for began, _ in self.strikes], at)
        return self.strikes[index - 1][1] if index else "the beginning"

    def _read_new_lines(self) -> None:
        for path in self._trial.folder().iterdir():
            if not is_side(path.name):
                try:
                    self._read_file(path)
                except FileNotFoundError:  # sealed or packed meanwhile: its other name comes
                    continue

    def _read_file(self, path: Path) -> None:
        with path.open("rb") as stream:
            key = (os.fstat(stream.fileno()).st_ino, path.name.partition(".")[0])
            size = os.fstat(stream.fileno()).st_size
            begun = self._read.get(key, 0)
            if path.suffix in (".gz", ".zst"):
                self._captured.update(ids_of(path) if begun != size else ())
                self._read[key] = size
                return
            stream.seek(begun)
            data = stream.read()
        whole = data.rfind(b"\n") + 1
        self._captured.update(ids_in(data[:whole].splitlines()))
        self._read[key] = begun + whole
