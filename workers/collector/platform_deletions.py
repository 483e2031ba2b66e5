"""Platform deletions: carries out what a platform announces, in captures later."""

import queue
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import redis

from streams.live.deletion import erase_from_all
from streams.sources import SOURCES
from streams.store import Store
from streams.stream import Stream
from workers.sources.source import Skipped

AT_ONCE = 500
"""Announcements that are taken together, so that one transaction holds them."""


class PlatformDeletions:
    """The intake puts announcements in, the collector's thread carries them out."""

    def __init__(
        self, client: redis.Redis, store: Store, source: str, machine: str, gather_ms: int
    ) -> None:
        """Captures change `gather_ms` after an announcement: each change rewrites whole files.

        `source` is the slot's own; announcements of others name theirs.
        """
        self._client = client
        self._store = store
        self._source = source
        self._machine = machine
        self._gather_ms = gather_ms
        self._heard: queue.SimpleQueue[Skipped] = queue.SimpleQueue()
        self._streams: Mapping[str, Stream] = {}

    def put(self, announcement: Skipped) -> None:
        """Take an announcement, with the streams that have what it names."""
        self._heard.put(announcement)

    def follow(self, wanted: Sequence[Stream]) -> None:
        """Learn whose the streams are, and which of them are captured."""
        self._streams = {stream.id: stream for stream in wanted}

    def carry_out(self, now: int) -> None:
        """Order for captures, then erase from dashboards, at a moment (ms).

        Only the order outlives a killed process, and dashboards do not wait for a database that is
        away. Raises LiveStoreError, StoreError; the next call then repeats both, which is safe.
        """
        while not self._heard.empty():
            taken = [self._heard.get() for _ in range(min(AT_ONCE, self._heard.qsize()))]
            try:
                try:
                    self._order(taken, now)
                finally:
                    self._erase(taken, now)
            except Exception:
                for each in taken:
                    self._heard.put(each)
                raise

    def _erase(self, taken: Iterable[Skipped], now: int) -> None:
        for each in taken:
            erase_from_all(self._client, each.deleted_from, each.deleted, each.gone_authors, now)

    def _order(self, taken: Iterable[Skipped], now: int) -> None:
        posts: dict[tuple[int, str], set[str]] = defaultdict(set)
        authors: dict[tuple[int, str], set[str]] = defaultdict(set)
        for each in taken:
            title = SOURCES[each.source or self._source].title
            for account_id in self._capturing(each.deleted_from):
                posts[account_id, title].update(each.deleted)
                authors[account_id, title].update(each.gone_authors)
        due_at = now + self._gather_ms
        hear = self._store.deletions.hear
        for (account_id, title), named in posts.items():
            if named:
                reason = f"{title}: deleted by the author"
                hear(account_id, reason, now, due_at, self._machine, posts=named)
        for (account_id, title), named in authors.items():
            if named:
                reason = f"{title}: the account is gone"
                hear(account_id, reason, now, due_at, self._machine, authors=named)

    def _capturing(self, stream_ids: Iterable[str]) -> set[int]:
        """Return the accounts whose captures have what the streams got, stopped ones included."""
        found = (self._streams.get(each) or self._store.streams.get(each) for each in stream_ids)
        return {stream.account_id for stream in found if stream and stream.plan.capture}
