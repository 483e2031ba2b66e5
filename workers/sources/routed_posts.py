"""Which streams got which posts and authors lately, and which posts were deleted first."""

from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain

REMEMBERED = 200_000
"""Posts; a deletion of an earlier one is not recognised."""


class RoutedPosts:
    """For one thread at a time."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._streams: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._authors: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._deleted: OrderedDict[str, None] = OrderedDict()

    def add(self, post_id: str, stream_ids: tuple[str, ...], author_id: str | None = None) -> None:
        """Record a post; one that came before may have gone to other streams then."""
        self._record(self._streams, post_id, stream_ids)
        if author_id is not None:
            self._record(self._authors, author_id, stream_ids)

    def streams_of(self, post_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the streams that got any of these posts, or versions of one post."""
        found = (self._streams.get(post_id, ()) for post_id in post_ids)
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def delete(self, post_id: str) -> tuple[str, ...]:
        """Record a deletion; return the streams that got the post."""
        self._deleted[post_id] = None
        if len(self._deleted) > self._most:
            self._deleted.popitem(last=False)
        return self._streams.pop(post_id, ())

    def remove_author(self, author_id: str) -> tuple[str, ...]:
        """Drop an author whose account is gone; return the streams that got posts of theirs."""
        return self._authors.pop(author_id, ())

    def is_deleted(self, post_id: str) -> bool:
        """Return whether a post was deleted, whichever came first."""
        return post_id in self._deleted

    def _record(
        self, known: OrderedDict[str, tuple[str, ...]], key: str, stream_ids: tuple[str, ...]
    ) -> None:
        before = known.pop(key, ())
        known[key] = tuple(dict.fromkeys((*before, *stream_ids))) if before else stream_ids
        if len(known) > self._most:
            known.popitem(last=False)
