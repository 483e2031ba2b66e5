"""The count ledger: what was taken in and SQL has not counted yet, in memory and on disk."""

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from math import inf

from streams.batch import Batch
from streams.clock import now_ms
from streams.live.minutes import SourceCounts
from workers.collector.count_journal import CountJournal, JournalEntry, TakenBefore

OVERDUE = 10.0
"""Seconds after which a batch that SQL has not counted is looked for in Redis."""
CERTAIN = 10.0
"""Seconds for which it must be missing there: a tagger may hold it, and relay it yet."""
MOST = 50_000
"""Batches in memory, while the database is away: an hour and more of 1,500 posts a second."""


class CountLedger:
    """By id of a batch, or token of what was left out: its counts. Several threads use it."""

    def __init__(self, journal: CountJournal | None) -> None:
        """Begin with what an earlier collector of the slot did not see counted.

        Without a journal nothing outlives this one.
        """
        now = time.monotonic()
        self._journal = journal
        self._lock = threading.Lock()
        self.before = journal.read() if journal else TakenBefore()
        if journal and not self.before.until:  # what is captured from now on and not recorded
            journal.append(JournalEntry("", SourceCounts(0, {}), until=now_ms()))
        self._open = {token: (now, counts) for token, counts in self.before.uncounted.items()}
        self._inherited = set(self._open)
        self._taken: Counter[str] = Counter()
        self._removed: list[str] = []
        self._missing_since: dict[str, float] = {}

    def take(self, entry: JournalEntry) -> None:
        """Record posts that come now, as `add` does."""
        self.add(entry, entry.counts.posts)

    def add(self, entry: JournalEntry, taken: Mapping[str, int] = {}) -> None:
        """Record counts that Redis does not have yet."""
        with self._lock:
            self._taken.update(taken)
            if entry.token not in self._open and self._journal:
                self._journal.append(entry)
            self._open[entry.token] = (inf, entry.counts)
            if len(self._open) > MOST:
                del self._open[next(iter(self._open))]

    def hand_over(self, token: str, at: float) -> None:
        """Record when (seconds, monotonic) Redis got counts; never, when it did not take them."""
        with self._lock:
            if token in self._open:
                self._open[token] = (at, self._open[token][1])

    def save(self) -> None:
        """Drop from the journal what has been counted."""
        with self._lock:
            if self._journal:
                entries = {token: counts for token, (_, counts) in self._open.items()}
                self._journal.save(self._removed, entries)
            self._removed = []

    def close(self) -> None:
        """Remove the journal of a source that has ended, unless something is not counted yet."""
        with self._lock:
            if self._journal and not self._open:
                self._journal.remove()

    def remove(self, tokens: Iterable[str]) -> None:
        """Forget counts that SQL has."""
        with self._lock:
            for token in tokens:
                if self._open.pop(token, None) is not None:
                    self._removed.append(token)
                self._missing_since.pop(token, None)

    def overdue(self, now: float) -> dict[str, SourceCounts]:
        """Return what SQL should have counted by `now` (seconds, monotonic)."""
        with self._lock:
            return {token: it for token, (at, it) in self._open.items() if now - at >= OVERDUE}

    @property
    def inherits(self) -> bool:
        """Whether it is not known yet what became of all that an earlier collector left."""
        with self._lock:
            self._inherited &= self._open.keys()
            return bool(self._inherited)

    def uncounted_before(self, stream_id: str) -> int:
        """Return how many posts of a stream SQL lacks, less those that came in since this began."""
        with self._lock:
            waiting = sum(counts.posts.get(stream_id, 0) for _, counts in self._open.values())
            return waiting - self._taken[stream_id]

    def __contains__(self, token: object) -> bool:
        return token in self._open

    def certain(self, missing: Collection[str], now: float) -> list[str]:
        """Return which of the tokens that are missing in Redis have been so for long enough."""
        with self._lock:
            since = {token: self._missing_since.get(token, now) for token in missing}
            self._missing_since = since
        return [token for token, at in since.items() if now - at >= CERTAIN]

    def __len__(self) -> int:
        return len(self._open)


def entry_of(batch: Batch) -> JournalEntry:
    """Describe what a batch will add to the counts."""
    posts = [(post.id, routes) for post, routes in zip(batch.posts, batch.routes, strict=True)]
    return JournalEntry(batch.id, counts_of(batch), (), posts, batch.posts[-1].received_at or 0)


def counts_of(batch: Batch) -> SourceCounts:
    """Count the posts of a batch by stream."""
    second = batch.posts[0].received_at // 1000 if batch.counted_at is None else batch.counted_at
    return SourceCounts(second, dict(batch.counted()))
