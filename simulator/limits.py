"""Requests counted per window, as X does for each app and kind of request."""

import time

from simulator.settings import SimulatorSettings


class Windows:
    """Fixed windows that start with the first request of a kind."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._open: dict[str, tuple[float, int]] = {}

    def take(self, kind: str) -> tuple[bool, dict[str, str]]:
        """Count one request; give whether it is within the limit, and X's three headers."""
        now, limit = time.time(), getattr(self._settings.limits, kind)
        start, used = self._open.get(kind, (now, 0))
        if now >= start + self._settings.window:
            start, used = now, 0
        self._open[kind] = (start, used + 1)
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, limit - used - 1)),
            "x-rate-limit-reset": str(int(start + self._settings.window) + 1),
        }
        return used < limit, headers

    def reset(self) -> None:
        """Forget all counts."""
        self._open.clear()
