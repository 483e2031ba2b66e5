"""Quiet or dead: what each stream usually brings, and whether it has all but stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

USUAL_SECONDS = 600.0
"""Seconds over which the usual rate is averaged; six times as long while posts have stopped."""
NEWEST_SECONDS, NEWEST_POSTS = 8.0, 15.0
"""The newest rate is averaged over so many seconds, or over the time that so many posts take."""
WATCHED_SECONDS = 60.0
"""Seconds for which a stream is watched before its rate counts as usual."""
LEAST_USUAL = 0.1
"""Posts a second below which a stream is quiet by nature: silence says nothing about it."""
STOPPED = 0.05
"""Share of the usual rate below which posts have all but stopped."""


@dataclass
class _Watched:
    generation: int
    since: float
    at: float
    posts: int
    usual: float = 0.0
    newest: float = 0.0
    stopped: bool = False

    def look(self, posts: int, now: float) -> None:
        seconds, rate = now - self.at, (posts - self.posts) / max(now - self.at, 1e-9)
        self.at, self.posts = now, posts
        span = max(NEWEST_SECONDS, NEWEST_POSTS / max(self.usual, 1e-9))
        self.newest += (rate - self.newest) * (1 - exp(-seconds / span))
        known = now - self.since >= WATCHED_SECONDS and self.usual >= LEAST_USUAL
        self.stopped = known and self.newest < STOPPED * self.usual
        steady = 1 - exp(-seconds / (USUAL_SECONDS * (6 if self.stopped else 1)))
        self.usual += (rate - self.usual) * max(steady, min(1.0, seconds / (now - self.since)))


class RateWatch:
    """Learns the rates of streams; a stream whose filter changes is learnt anew."""

    def __init__(self) -> None:
        self._streams: dict[str, _Watched] = {}

    def look(
        self, generations: Mapping[str, int], posts: Mapping[str, int], now: float
    ) -> dict[str, str]:
        """Return a note by stream id for those whose posts have all but stopped.

        Call it once a second while the connection is alive, with each stream's filter generation,
        its posts so far, and the time (seconds, monotonic).
        """
        for stream_id in self._streams.keys() - generations.keys():
            del self._streams[stream_id]
        notes = {}
        for stream_id, generation in generations.items():
            one = self._streams.get(stream_id)
            count = posts.get(stream_id, 0)
            if one is None or one.generation != generation or count < one.posts:
                self._streams[stream_id] = _Watched(generation, now, now, count)
            elif now > one.at:
                one.look(count, now)
                if one.stopped:
                    notes[stream_id] = _note(one)
        return notes

    def pause(self, now: float) -> None:
        """Learn nothing from the time since the last look: the connection was away."""
        for one in self._streams.values():
            one.since += now - one.at
            one.at = now


def _note(one: _Watched) -> str:
    return (
        f"Posts have all but stopped: {one.newest:.1f} a second lately, {one.usual:.1f} are usual. "
        "The connection is alive; look at the filter, or at the platform's state."
    )
