"""Shown part: how many posts a second viewers of a stream get, of how many, and why not all."""

from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

SECONDS = 2.0
"""What the rates are taken over: what collectors leave out arrives in lumps."""

Reason = Literal["viewer_limit", "taggers_behind"]


class ShownPart(msgspec.Struct, frozen=True):
    """Viewers get `shown` of `of` posts a second; the other two say why not the rest."""

    shown: float
    of: float
    viewer_limit: float
    """Posts a second above `VIEWER_POSTS_PER_SECOND`."""
    taggers_behind: float
    """Posts a second that no tagger took in time, so that the collector left them out."""


class ShownParts:
    """Counts what goes to viewers and what does not; `on_first` is called when a part begins."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.on_first: Callable[[], None] = lambda: None
        self._clock = clock
        self._frames: dict[str, deque[tuple[float, int, int, int]]] = {}

    def add(self, stream_id: str, shown: int, left_out: int, reason: Reason) -> None:
        """Count a frame: the posts in it, and those that are not, all for one reason."""
        was_whole = left_out > 0 and self.of(stream_id) is None
        limited, shed = (left_out, 0) if reason == "viewer_limit" else (0, left_out)
        frames = self._frames.setdefault(stream_id, deque())
        frames.append((self._clock(), shown, limited, shed))
        self._trim(stream_id)
        if was_whole:
            self.on_first()

    def of(self, stream_id: str) -> ShownPart | None:
        """Return what was shown of a stream lately, or None when that was all of it."""
        self._trim(stream_id)
        frames = self._frames.get(stream_id, ())
        shown, limited, shed = (sum(frame[i] for frame in frames) for i in (1, 2, 3))
        if not limited + shed:
            return None
        rates = (round(n / SECONDS, 1) for n in (shown, shown + limited + shed, limited, shed))
        return ShownPart(*rates)

    def _trim(self, stream_id: str) -> None:
        frames = self._frames.get(stream_id)
        while frames and frames[0][0] <= self._clock() - SECONDS:
            frames.popleft()
        if frames is not None and not frames:
            del self._frames[stream_id]
