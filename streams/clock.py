"""The clock: wall time in the unit that every record uses, right though this machine's is not."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

TOLERANCE_MS = 2_000
"""What clocks may differ by before anything is corrected or said."""


class Clock:
    """Follows the wall clock of this machine while others agree with it.

    Once `learn` was called, a clock that steps is not followed: time goes on steadily until the
    next `learn` says who is right. Any thread may call.
    """

    def __init__(self, wall: Callable[[], int], steady: Callable[[], int]) -> None:
        """Take two clocks in ms: of the epoch, and one that nobody sets."""
        self._wall = wall
        self._steady = steady
        self._base: int | None = None
        """What to add to the steady clock."""
        self.teacher = ""
        """Whose clock this one goes by."""
        self._is_corrected = False
        self._differences: dict[str, int] = {}
        """By name of a platform, how far this clock is ahead of it."""

    def now_ms(self) -> int:
        """Return the time in milliseconds since the epoch, UTC."""
        wall, base = self._wall(), self._base
        if base is None:
            return wall
        held = self._steady() + base
        return held if self._is_corrected or _differ(wall, held) else wall

    @property
    def ahead_ms(self) -> int:
        """How far the clock of this machine is ahead of the right time; 0 while that is little."""
        ahead = self._wall() - self.now_ms()
        return ahead if abs(ahead) > TOLERANCE_MS / 2 else 0

    def learn(self, right: int, teacher: str) -> None:
        """Take the time (ms) that is right at this moment by the clock of a `teacher`."""
        wall, steady, before = self._wall(), self._steady(), self._base
        wrong_by = abs(wall - right)
        # A clock that is wrong by about the tolerance must not be followed every other time.
        if wrong_by <= (TOLERANCE_MS / 2 if self._is_corrected else TOLERANCE_MS):
            self._base, self._is_corrected = right - steady, False
        elif before is None or not self._is_corrected or _differ(before + steady, right):
            self._base, self._is_corrected = right - steady, True
        self.teacher = teacher
        if before is not None and self._base is not None and _differ(self._base, before):
            self._differences.clear()  # they were those of another time

    def learn_date(self, date: str | None, teacher: str) -> None:
        """Take the `Date` of an HTTP response that has just come; what is no date is ignored."""
        if (right := _read_date(date)) is not None:
            self.learn(right, teacher)

    def compare(self, date: str | None, platform: str) -> None:
        """Compare with such a date of a platform, by which this clock does not go."""
        if (theirs := _read_date(date)) is not None:
            self._differences[platform] = self.now_ms() - theirs

    @property
    def warning(self) -> str:
        """What is wrong, in sentences for the operator; empty when nothing is."""
        said = []
        if ahead := self.ahead_ms:
            said.append(
                f"The clock of this machine is {_apart(ahead)} that of {self.teacher}. Weir "
                "corrects the times that it records. Set the clock."
            )
        for platform, ahead in sorted(self._differences.items()):
            if abs(ahead) > TOLERANCE_MS:
                said.append(
                    f"The clock of {self.teacher or 'this machine'} is {_apart(ahead)} that of "
                    f"{platform}. Weir records its times. Set the clock."
                )
        return " ".join(said)


def _differ(one: int, other: int) -> bool:
    return abs(one - other) > TOLERANCE_MS


def _read_date(date: str | None) -> int | None:
    """Return what a header `Date` names (ms): a whole second, so the middle of it."""
    try:
        return round(parsedate_to_datetime(date or "").timestamp() * 1000) + 500
    except (ValueError, TypeError, OverflowError):
        return None


def _apart(ahead: int) -> str:
    return f"{abs(ahead) / 1000:,.0f} s {'ahead of' if ahead > 0 else 'behind'}"


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _steady_ms() -> int:
    # Unlike the monotonic clock, this one goes on while a machine sleeps.
    which = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(which) // 1_000_000


clock = Clock(_wall_ms, _steady_ms)
"""That of this process."""
now_ms = clock.now_ms
