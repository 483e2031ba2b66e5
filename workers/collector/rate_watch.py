"""Quiet or dead: what each stream usually brings, and whether it has all but stopped."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
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

SILENT = 0.01
"""Share of the usual rate below which almost nothing arrives."""
SILENT_SECONDS, SILENT_POSTS = 10.0, 100.0
"""A silence is remarkable once it has lasted so long, and so many posts would have been usual."""
STEADY_SECONDS = 3.0
"""Time between two looks beyond which this process stood still, and posts may wait unread; and for
which it must look again each second before what it does not find says anything."""


@dataclass
class _Watched:
    generation: int
    since: float
    at: float
    posts: int
    usual: float = 0.0
    newest: float = 0.0
    stopped: bool = False
    silent_since: float | None = None
    steady_since: float = 0.0
    looks: deque[tuple[float, int]] = field(default_factory=deque)
    """When this was looked at, and the posts so far; of equal counts the first and the last."""

    def look(self, posts: int, now: float) -> None:
        seconds, rate = now - self.at, (posts - self.posts) / max(now - self.at, 1e-9)
        self.at, self.posts = now, posts
        span = max(NEWEST_SECONDS, NEWEST_POSTS / max(self.usual, 1e-9))
        self.newest += (rate - self.newest) * (1 - exp(-seconds / span))
        known = now - self.since >= WATCHED_SECONDS and self.usual >= LEAST_USUAL
        self.stopped = known and self.newest < STOPPED * self.usual
        steady = 1 - exp(-seconds / (USUAL_SECONDS * (6 if self.stopped else 1)))
        self._record_look()
        if seconds > STEADY_SECONDS:
            self.steady_since = now
        if not known:
            self.silent_since = None
        else:
            self._look_for_silence()
        self.usual += (rate - self.usual) * max(steady, min(1.0, seconds / (now - self.since)))

    @property
    def _span(self) -> float:
        """Seconds that a silence must last."""
        return max(SILENT_SECONDS, SILENT_POSTS / max(self.usual, LEAST_USUAL))

    def _record_look(self) -> None:
        if len(self.looks) > 1 and self.looks[-2][1] == self.looks[-1][1] == self.posts:
            self.looks.pop()
        self.looks.append((self.at, self.posts))
        while len(self.looks) > 2 and self.looks[1][0] < self.at - 2 * self._span:
            self.looks.popleft()

    def _look_for_silence(self) -> None:
        since = self._last_usual()
        if self.at - since < self._span:
            self.silent_since = None
        elif self.silent_since is None and self.at - self.steady_since >= STEADY_SECONDS:
            self.silent_since = since

    def _last_usual(self) -> float:
        """Return the last look since which more than almost nothing arrived; else the first."""
        for at, posts in reversed(self.looks):
            if self.posts - posts > SILENT * self.usual * (self.at - at):
                return at
        return self.looks[0][0]


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

    def silent(self) -> dict[str, float]:
        """Return the streams of which almost nothing arrives, and since when (monotonic seconds).

        Nothing that is missing lies before that time.
        """
        found = {key: one.silent_since for key, one in self._streams.items()}
        return {key: since for key, since in found.items() if since is not None}

    def pause(self, now: float) -> None:
        """Learn nothing from the time since the last look: the connection was away."""
        for one in self._streams.values():
            one.since += now - one.at
            one.at = now
            one.silent_since = None
            one.looks.clear()


def _note(one: _Watched) -> str:
    return (
        f"Posts have all but stopped: {one.newest:.1f} a second lately, {one.usual:.1f} are usual. "
        "The connection is alive, so this is recorded as a doubt: whether the platform withheld "
        "posts cannot be proved. Look at the filter, or at the platform's state."
    )
