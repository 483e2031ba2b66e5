"""Counts of what came through a collector, and rates over the last seconds."""

from collections import Counter, deque

from workers.captures.segments.timestamps import LONGEST_DELAY_MS

DELAY_MS = 10_000
"""How long the longest delay counts."""
WINDOW = 5.0
"""Seconds that a rate is taken over."""


class ThroughputMeter:
    """Counts by stream and by kind of skipped line. One thread counts, others may read."""

    def __init__(self) -> None:
        self.received = 0
        self.posts: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.last_post_at: int | None = None
        self._samples: deque[tuple[float, int, Counter[str], Counter[str]]] = deque()
        self.rates: dict[str, float] = {}
        self.free: Counter[str] = Counter()
        """Posts that cost nothing, of streams that also pay for posts; the others count as paid."""
        self.free_rates: dict[str, float] = {}
        self._delays: dict[str, tuple[int, int]] = {}
        """By platform: how late posts have come lately (ms), and when that was found."""
        self.rate = 0.0
        """Posts a second on the whole connection."""

    @property
    def paid(self) -> dict[str, int]:
        """Posts by stream that count towards budgets and limits."""
        return {key: count - self.free[key] for key, count in self.posts.copy().items()}

    @property
    def paid_rates(self) -> dict[str, float]:
        """Such posts a second, by stream."""
        free = self.free_rates
        return {key: max(0.0, rate - free.get(key, 0.0)) for key, rate in self.rates.items()}

    def delay_of(self, platform: str) -> int:
        """Return how late the posts of a platform come, from when they were written (ms)."""
        return self._delays.get(platform, (0, 0))[0]

    def note_delay(self, platform: str, written_at: int, received_at: int) -> None:
        """Take the delay of a post (both times in ms); the longest counts for DELAY_MS."""
        delay = min(max(0, received_at - written_at), LONGEST_DELAY_MS)
        longest, found_at = self._delays.get(platform, (0, 0))
        if delay >= longest or abs(received_at - found_at) > DELAY_MS:
            self._delays[platform] = (delay, received_at)

    def sample(self, now: float) -> None:
        """Take the rates at `now` (seconds, monotonic); call it about once a second."""
        self._samples.append((now, self.received, self.posts.copy(), self.free.copy()))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW:
            self._samples.popleft()
        then, received, posts, free = self._samples[0]
        if now <= then:
            return
        self.rate = (self.received - received) / (now - then)
        self.rates = {
            stream_id: (count - posts[stream_id]) / (now - then)
            for stream_id, count in self.posts.items()
        }
        self.free_rates = {
            stream_id: (count - free[stream_id]) / (now - then)
            for stream_id, count in self.free.copy().items()
        }
