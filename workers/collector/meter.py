"""Counts of what came through a collector, and rates over the last seconds."""

from collections import Counter, deque

WINDOW = 5.0
"""Seconds that a rate is taken over."""


class ThroughputMeter:
    """Counts by stream and by kind of skipped line. One thread counts, others may read."""

    def __init__(self) -> None:
        self.received = 0
        self.posts: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.last_post_at: int | None = None
        self._samples: deque[tuple[float, int, Counter[str]]] = deque()
        self.rates: dict[str, float] = {}
        self.rate = 0.0
        """Posts a second on the whole connection."""

    def sample(self, now: float) -> None:
        """Take the rates at `now` (seconds, monotonic); call it about once a second."""
        self._samples.append((now, self.received, self.posts.copy()))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW:
            self._samples.popleft()
        then, received, posts = self._samples[0]
        if now <= then:
            return
        self.rate = (self.received - received) / (now - then)
        self.rates = {
            stream_id: (count - posts[stream_id]) / (now - then)
            for stream_id, count in self.posts.items()
        }
