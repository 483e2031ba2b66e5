"""Posts that were captured and not shown: counted here until the relay has them in its totals."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from streams.batch import Batch

PART_SHOWN = (
    "More posts come than taggers can label: dashboards show a part of them. "
    "Captures and totals hold all; the rest count as not labelled."
)

PART_SECONDS = 3.0
"""How long a stream is said to be shown in part after posts were left out."""

Count = Callable[[str, str, Mapping[str, int]], None]
"""Takes the slot, a token and posts by stream; raises LiveStoreError, and is called again."""
Replace = Callable[[str, Mapping[str, int], Sequence[str]], None]
"""Is told before that which token, with what counts, takes the place of which batches."""


class LeftOut:
    """The intake adds, threads of the collector report; nothing is lost while Redis is away."""

    def __init__(self, slot: str) -> None:
        self._slot = slot
        self._lock = threading.Lock()
        self._reporting = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._batch_ids: list[str] = []
        self._reported: tuple[str, Counter[str]] | None = None

    def add(self, batch: Batch) -> None:
        """Count the posts of a batch that is given up, under a token that is never used again."""
        self.add_counts(batch.id, batch.counted())

    def add_counts(self, token: str, posts: Mapping[str, int]) -> None:
        """Count posts by stream that are known under a token."""
        with self._lock:
            self._counts.update(posts)
            self._batch_ids.append(token)
            self._token = f"{token}:left_out"

    def report(self, count: Count, replace: Replace = lambda *_: None) -> bool:
        """Hand over what was counted; returns whether there was anything.

        Raises what `count` raises; the same counts then go with the same token the next time.
        """
        with self._reporting:
            with self._lock:
                if self._reported is None and self._counts:
                    self._reported = (self._token, self._counts)
                    replace(self._token, self._counts, self._batch_ids)
                    self._counts, self._batch_ids = Counter(), []
            if self._reported is None:
                return False
            token, counts = self._reported
            count(self._slot, token, counts)
            self._reported = None
            return True
