"""The connect log: when this machine connected to X, on disk, for the process that follows."""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from streams.clock import now_ms
from workers.captures.segments.file_system import FileSystem, write_over
from workers.sources.x.pacing import ALONE, WINDOW, ConnectsElsewhere

log = logging.getLogger(__name__)


def _now() -> float:
    """Return the time in seconds since the epoch."""
    return now_ms() / 1000


class ConnectLog:
    """One file for a slot, or an app: X counts connects, whichever process makes them.

    A disk that refuses costs the memory beyond this process, not the connection.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = _now) -> None:
        self._path = path
        self._clock = clock
        self._times = self._read()
        self.elsewhere = ALONE
        """What is known of connects of the same app on other machines."""
        self.made = 0
        """Connects that this process has recorded."""

    def look_elsewhere(self) -> ConnectsElsewhere:
        """Return what is known now of connects on other machines."""
        return self.elsewhere

    def ages(self) -> list[float]:
        """Return how many seconds ago each connect of the window was made, the oldest first.

        One that a clock set back puts into the future counts as made now.
        """
        now = self._clock()
        return sorted((now - min(at, now) for at in self._recent(now)), reverse=True)

    def add(self) -> None:
        """Record a connect. Call it before connecting, so that a kill cannot hide one."""
        now = self._clock()
        self._times = [*self._recent(now), now]
        self.made += 1
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_over(FileSystem(), self._path, msgspec.json.encode(self._times))
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)

    def _recent(self, now: float) -> list[float]:
        return [at for at in self._times if now - at < WINDOW]

    def _read(self) -> list[float]:
        try:
            times = msgspec.json.decode(self._path.read_bytes(), type=list[float])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read, so no connect is known: %s", self._path, error)
            return []
        now = self._clock()
        return [min(at, now) for at in times]
