"""Posts that were captured and not shown: counted here until the relay has them in its totals."""

import threading
from collections.abc import Callable, Mapping

from streams.batch import Batch

PART_SHOWN = (
    "More posts come than taggers can label: dashboards show a part of them. "
    "Captures and totals hold all; the rest count as not labelled."
)

PART_SECONDS = 3.0
"""How long a stream is said to be shown in part after posts were left out."""

Counts = Mapping[str, Mapping[str, int]]
"""Posts by stream, by the id of the batch, or the token, under which they count once."""
Count = Callable[[str, Counts], None]
"""Takes the slot and what was left out; raises LiveStoreError, and is called again."""


class LeftOut:
    """The intake adds, threads of the collector report; nothing is lost while Redis is away."""

    def __init__(self, slot: str) -> None:
        self._slot = slot
        self._lock = threading.Lock()
        self._reporting = threading.Lock()
        self._counts: dict[str, Mapping[str, int]] = {}

    def add(self, batch: Batch) -> None:
        """Count the posts of a batch that is given up.

        They keep the batch's id: a successor that found it in the journal counts it under that.
        """
        self.add_counts(batch.id, batch.counted())

    def add_counts(self, token: str, posts: Mapping[str, int]) -> None:
        """Count posts by stream that are recorded under a token."""
        with self._lock:
            self._counts[token] = posts

    def report(self, count: Count) -> bool:
        """Hand over what was counted; returns whether there was anything.

        Raises what `count` raises; the same counts then go again the next time.
        """
        with self._reporting:
            with self._lock:
                reported = dict(self._counts)
            if not reported:
                return False
            count(self._slot, reported)
            with self._lock:
                for token in reported:
                    del self._counts[token]
            return True
