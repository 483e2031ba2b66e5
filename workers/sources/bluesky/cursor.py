"""The cursor: how far the events of Jetstream are safe on disk, and what a jump in them proves."""

import threading
from collections import deque

import msgspec

REWIND_US = 3_000_000
"""Microseconds that a connection begins earlier than the cursor; what came before is dropped."""
WINDOW_US = 36 * 3600 * 1_000_000
"""How long Jetstream keeps events, in microseconds; older cursors are moved up without a word."""
EXPECTED_EVENTS = 50.0
"""A jump in which this many events were to be expected is none of a quiet network."""


class SavedCursor(msgspec.Struct, frozen=True):
    """All events up to `time_us` are safe; `rate` is events a second in the long run."""

    time_us: int
    rate: float = 0.0


class Cursor:
    """Follows events that are read, on their way to captures, and safe; shared by threads."""

    def __init__(self, saved: SavedCursor | None) -> None:
        self._lock = threading.Lock()
        self._read = saved.time_us if saved else 0
        self._rate = saved.rate if saved else 0.0
        self._pending: deque[int] = deque()
        self._settled: SavedCursor | None = None
        self._first = 0
        self._events = 0

    @property
    def done(self) -> int:
        """Time (µs) up to which every event was captured or needs no capture; 0 at first."""
        with self._lock:
            return self._pending[0] - 1 if self._pending else self._read

    def read(self, time_us: int, *, handed_on: bool) -> None:
        """Count an event that was read; a post that is handed on is pending until `taken`."""
        with self._lock:
            self._events += 1
            if handed_on:
                self._pending.append(time_us)
            self._read = max(self._read, time_us)

    def taken(self) -> None:
        """Count the oldest pending post as captured."""
        with self._lock:
            self._pending.popleft()

    def resume_at(self, earliest: int) -> int:
        """Return from where (µs) posts are needed; `earliest` is when the first stream began."""
        return max(self.done, earliest)

    def connected(self, time_us: int, resumed_at: int) -> bool:
        """Take the first event of a connection; return whether a gap lies before it.

        Jetstream moves a cursor that is too old up to what it still has. A jump proves a gap when
        it is longer than what is kept, or when many events were to be expected meanwhile.
        """
        with self._lock:
            self._first, self._events = time_us, 0
            jump = time_us - resumed_at
            if jump <= REWIND_US:
                return False
            return jump > WINDOW_US or jump * 1e-6 * self._rate > EXPECTED_EVENTS

    def safe(self, everything: bool) -> SavedCursor | None:
        """Return what may be saved: what was done at the call before, or `everything`."""
        now = SavedCursor(self.done, self._measured())
        before, self._settled = self._settled, now
        chosen = now if everything else before
        return chosen if chosen and chosen.time_us else None

    def _measured(self) -> float:
        with self._lock:
            seconds = (self._read - self._first) * 1e-6
            if self._first and seconds > 10:
                self._rate = self._events / seconds
            return self._rate
