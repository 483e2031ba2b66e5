"""The count ledger: batches that were handed to Redis and that SQL has not counted yet."""

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from streams.batch import Batch
from streams.live.minutes import SourceCounts

OVERDUE = 10.0
"""Seconds after which a batch that SQL has not counted is looked for in Redis."""
CERTAIN = 10.0
"""Seconds for which it must be missing there: a tagger may hold it, and relay it yet."""
MOST_KEPT = 2_000
"""Batches in a copy: what is written to disk each second stays small."""
MOST = 50_000
"""Batches in memory, while the database is away: an hour and more of 1,500 posts a second."""


class CountLedger:
    """By id of a batch, or token of what was left out: its counts. Several threads use it."""

    def __init__(self, inherited: Mapping[str, SourceCounts]) -> None:
        """Begin with what an earlier collector of the slot did not see counted."""
        now = time.monotonic()
        self._lock = threading.Lock()
        self._open = {token: (now, counts) for token, counts in inherited.items()}
        self._missing_since: dict[str, float] = {}

    def add(self, token: str, counts: SourceCounts) -> None:
        """Record counts, before Redis gets them."""
        with self._lock:
            self._open[token] = (time.monotonic(), counts)
            if len(self._open) > MOST:
                del self._open[next(iter(self._open))]

    def remove(self, tokens: Iterable[str]) -> None:
        """Forget counts that SQL has, or that Redis did not take."""
        with self._lock:
            for token in tokens:
                self._open.pop(token, None)
                self._missing_since.pop(token, None)

    def overdue(self, now: float) -> dict[str, SourceCounts]:
        """Return what SQL should have counted by `now` (seconds, monotonic)."""
        with self._lock:
            return {token: it for token, (at, it) in self._open.items() if now - at >= OVERDUE}

    def certain(self, missing: Collection[str], now: float) -> list[str]:
        """Return which of the tokens that are missing in Redis have been so for long enough."""
        with self._lock:
            since = {token: self._missing_since.get(token, now) for token in missing}
            self._missing_since = since
        return [token for token, at in since.items() if now - at >= CERTAIN]

    def copy(self) -> dict[str, SourceCounts]:
        """Return the newest counts, to be kept on disk."""
        with self._lock:
            newest = list(self._open.items())[-MOST_KEPT:]
        return {token: counts for token, (_, counts) in newest}


def counts_of(batch: Batch) -> SourceCounts:
    """Count the posts of a batch by stream."""
    posts = Counter(stream_id for stream_ids in batch.routes for stream_id in stream_ids)
    return SourceCounts(batch.posts[0].received_at // 1000, dict(posts))
