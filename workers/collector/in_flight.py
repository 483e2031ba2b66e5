"""Flow control between a collector and its taggers: how many batches are on their way."""

import threading
import time
from collections.abc import Iterable

PRESUMED_LOST = 10.0
"""Seconds after which a batch no longer counts: its tagger died, and it is sent again."""


class InFlight:
    """Counts batches that were sent and not yet relayed; shared by two threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent: dict[int, tuple[float, int]] = {}
        self._change = threading.Condition()

    def __len__(self) -> int:
        return len(self._sent)

    def started(self, number: int, received_at: int) -> None:
        """Count a batch in, with the time (ms) at which its first line was received."""
        with self._change:
            self._sent[number] = (time.monotonic(), received_at)

    def done(self, numbers: Iterable[int]) -> list[int]:
        """Count batches out; return the time (ms) at which the first line of each was received."""
        with self._change:
            sent = [self._sent.pop(number, None) for number in numbers]
            self._change.notify_all()
        return [each[1] for each in sent if each is not None]

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until another batch may go; False when there is no room after `seconds`."""
        with self._change:
            return self._change.wait_for(self._room, seconds)

    def all_done(self) -> bool:
        """Return whether nothing is on its way any more, but for what is presumed lost."""
        with self._change:
            self._forget_lost()
            return not self._sent

    def _room(self) -> bool:
        if len(self._sent) >= self._most:
            self._forget_lost()
        return len(self._sent) < self._most

    def _forget_lost(self) -> None:
        lost = time.monotonic() - PRESUMED_LOST
        self._sent = {number: each for number, each in self._sent.items() if each[0] > lost}
