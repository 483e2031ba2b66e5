"""Draining: a stopped stream still gets the posts in transit before its capture is sealed."""

from collections.abc import Collection, Mapping

from streams.live.report import StreamReport
from workers.sources.source import LAST_POSTS


class Draining:
    """Streams between the deletion of their rules and the last line that was for them."""

    def __init__(self) -> None:
        self._followed: set[str] = set()
        self._until: dict[str, float] = {}  # stream id -> when nothing more comes for it
        self._marks: dict[str, int] = {}  # stream id -> lines that must have been taken first

    def __bool__(self) -> bool:
        return bool(self._until)

    def update(self, followed: Collection[str], now: float) -> None:
        """Compare with the streams followed before; `now` in seconds."""
        for stream_id in self._followed - set(followed):
            self._until[stream_id] = now + LAST_POSTS
        for stream_id in followed:
            self._until.pop(stream_id, None)
            self._marks.pop(stream_id, None)
        self._followed = set(followed)

    def drained(self, now: float, came_in: int, taken: int) -> list[str]:
        """Return the streams whose last lines have all been taken."""
        for stream_id, until in self._until.items():
            if now >= until:
                self._marks.setdefault(stream_id, came_in)
        drained = [stream_id for stream_id, mark in self._marks.items() if taken >= mark]
        for stream_id in drained:
            del self._until[stream_id], self._marks[stream_id]
        return drained

    def reports(self, posts: Mapping[str, int]) -> dict[str, StreamReport]:
        """Describe them: as long as one is reported, it is stopping."""
        return {stream_id: StreamReport(0, posts[stream_id]) for stream_id in self._until}
