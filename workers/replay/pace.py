"""The pace of a replay: when each line is due, as it was or so many times as fast."""


class ReplayPace:
    """Moments are ms in the recording, `now` is seconds of a clock that never jumps.

    What comes out of order waits for nothing: time in a recording does not run backwards.
    """

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._anchor: tuple[int, float] | None = None
        self._latest = 0

    def wait(self, moment: int, now: float) -> float:
        """Return the seconds until a line is due, 0 when it is."""
        if self._speed == 0:
            return 0.0
        if self._anchor is None:
            self._anchor = (moment, now)
            self._latest = moment
        self._latest = max(self._latest, moment)
        first, began = self._anchor
        return max(0.0, began + (self._latest - first) / 1000 / self._speed - now)

    def go_on(self) -> None:
        """Make the next line due at once: the replay was paused."""
        self._anchor = None
