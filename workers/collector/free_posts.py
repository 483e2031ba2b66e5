"""Posts that cost nothing, of streams that also pay for posts: they use up no budget."""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

from streams.sources import is_paid
from streams.store.minutes import Minutes
from streams.stream import Stream


class FreePosts:
    """The intake counts on its thread, the collector commits on another."""

    def __init__(self) -> None:
        self._streams: frozenset[str] = frozenset()
        self._lock = Lock()
        self._counts: Counter[tuple[str, int]] = Counter()

    def follow(self, wanted: Iterable[Stream]) -> None:
        """Count for the streams among these that follow paid sources and others."""
        self._streams = frozenset(
            each.id for each in wanted if each.further_sources and any(map(is_paid, each.sources))
        )

    def take(self, stream_ids: tuple[str, ...], platform: str, received_at: int) -> set[str]:
        """Count a post (received at a moment in ms); return the streams to which it is free."""
        if not self._streams or is_paid(platform):
            return set()
        free = set(self._streams.intersection(stream_ids))
        with self._lock:
            self._counts.update((stream_id, received_at // 60_000) for stream_id in free)
        return free

    def commit(self, minutes: Minutes) -> None:
        """Record the counts in SQL; raises StoreError, and keeps them then."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        if not taken:
            return
        try:
            minutes.add_free(taken)
        except Exception:
            with self._lock:
                self._counts.update(taken)
            raise
