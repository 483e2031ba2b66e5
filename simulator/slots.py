"""How many streams an app may have open, and which those are."""

import time
from collections import deque
from collections.abc import Callable

from simulator.connection import PARTING_SECONDS, StreamConnection
from simulator.settings import SimulatorSettings


class Slots:
    """The connections of one app and how many it may have."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self.open: dict[int, StreamConnection] = {}
        self.past: deque[StreamConnection] = deque(maxlen=1_000)
        self._ghosts: list[float] = []

    def free(self) -> bool:
        """Return whether another connection may open; a ghost counts as one that is open."""
        now = time.time()
        self._ghosts = [until for until in self._ghosts if until > now]
        return len(self.open) + len(self._ghosts) < self._settings.connections_per_app

    def take(self, connection: StreamConnection) -> None:
        """Record an opened connection."""
        self.open[connection.number] = connection

    def release(self, connection: StreamConnection, ghost_seconds: float = 0.0) -> None:
        """Record that a connection is gone; its slot may stay taken for a while."""
        if self.open.pop(connection.number, None) is not None:
            self.past.append(connection)
            if ghost_seconds > 0:
                self._ghosts.append(time.time() + ghost_seconds)

    def end_all(
        self, reason: str, which: Callable[[StreamConnection], bool] = lambda c: True
    ) -> int:
        """Close connections at once and free their slots, ghosts included; give how many."""
        self._ghosts.clear()
        gone = [connection for connection in self.open.values() if which(connection)]
        for connection in gone:
            connection.end(reason, PARTING_SECONDS)
            self.release(connection)
        return len(gone)
