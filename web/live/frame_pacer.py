"""The frame pacer: few viewers get each frame at once, many get merged ones less often."""

from collections.abc import Callable

import msgspec

MANY = 25
"""Viewers of one room from which on its frames are merged: each frame costs a write a viewer."""
CROWD, MANY_IN_CROWD = 250, 5
"""Viewers of one process from which on rooms of so many count as rooms of many."""
INTERVAL = 1 / 15
"""Seconds between two frames of such a room: an eye sees no difference."""
SHARE = 0.25
"""Share of the time that one process may spend on writing to such rooms."""
LONGEST = 1.0
"""Seconds between two frames of a room at most, whatever writing them costs."""
NEWEST = 0.1
"""How much the newest write counts in the mean of what one costs."""


class RoomFrame(msgspec.Struct, frozen=True):
    """What viewers get: `posts` is a JSON array, `seq` the number of the last post in `epoch`."""

    stream_id: str
    epoch: str
    seq: int
    posts: bytes
    left_out: int


class FramePacer:
    """Hands frames on in order; nothing here yields to other greenlets.

    `send` takes a frame to the room, `viewers` counts those in it and `everybody` all viewers of
    this process, `later` calls back after so many seconds, and `clock` gives seconds.
    """

    def __init__(
        self,
        send: Callable[[RoomFrame], None],
        viewers: Callable[[str], int],
        everybody: Callable[[], int],
        later: Callable[[float, Callable[[str], None], str], object],
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._viewers = viewers
        self._everybody = everybody
        self._later = later
        self._clock = clock
        self._waiting: dict[str, list[RoomFrame]] = {}
        self._sent_at: dict[str, float] = {}
        self._cost = 0.0
        """Seconds that one frame takes to write to one of many viewers, as it was lately."""

    def add(self, frame: RoomFrame) -> None:
        """Send a frame now, or merged with those that follow it within the interval."""
        stream_id = frame.stream_id
        if waiting := self._waiting.get(stream_id):
            if waiting[-1].epoch == frame.epoch:
                waiting.append(frame)
                return
            self.flush(stream_id)
        left = self._sent_at.get(stream_id, 0.0) + self._interval() - self._clock()
        if left > 0 and self._has_many(stream_id):
            self._waiting[stream_id] = [frame]
            self._later(left, self.flush, stream_id)
        else:
            self._hand_on(frame)

    def flush(self, stream_id: str) -> None:
        """Send what waits for a room, if anything does."""
        if waiting := self._waiting.pop(stream_id, None):
            self._hand_on(merged(waiting))

    def drop(self, stream_id: str) -> None:
        """Forget what waits for a room: nobody there may get it any more."""
        self._waiting.pop(stream_id, None)
        self._sent_at.pop(stream_id, None)

    def _has_many(self, stream_id: str) -> bool:
        many = MANY_IN_CROWD if self._everybody() >= CROWD else MANY
        return self._viewers(stream_id) >= many

    def _interval(self) -> float:
        """Return the seconds between two frames of a room of many."""
        return min(LONGEST, max(INTERVAL, self._everybody() * self._cost / SHARE))

    def _hand_on(self, frame: RoomFrame) -> None:
        began = self._sent_at[frame.stream_id] = self._clock()
        self._send(frame)
        if self._has_many(frame.stream_id):
            cost = (self._clock() - began) / self._viewers(frame.stream_id)
            self._cost += NEWEST * (cost - self._cost)


def merged(frames: list[RoomFrame]) -> RoomFrame:
    """Merge frames of one room and epoch that follow each other."""
    last = frames[-1]
    return RoomFrame(
        last.stream_id,
        last.epoch,
        last.seq,
        concatenate([frame.posts for frame in frames]),
        sum(frame.left_out for frame in frames),
    )


def concatenate(arrays: list[bytes]) -> bytes:
    """Concatenate JSON arrays into one."""
    return b"[" + b",".join(array[1:-1] for array in arrays if array != b"[]") + b"]"
