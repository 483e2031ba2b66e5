"""Which streams got which posts lately, and which posts were deleted before they came."""

from collections import OrderedDict

REMEMBERED = 200_000
"""Posts; a deletion of an earlier one is not recognised."""


class RoutedPosts:
    """For one thread at a time."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._streams: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._deleted: OrderedDict[str, None] = OrderedDict()

    def add(self, post_id: str, stream_ids: tuple[str, ...]) -> None:
        """Record a post; one that came before may have gone to other streams then."""
        known = self._streams.pop(post_id, ())
        self._streams[post_id] = tuple(dict.fromkeys((*known, *stream_ids)))
        if len(self._streams) > self._most:
            self._streams.popitem(last=False)

    def delete(self, post_id: str) -> tuple[str, ...]:
        """Record a deletion; return the streams that got the post."""
        self._deleted[post_id] = None
        if len(self._deleted) > self._most:
            self._deleted.popitem(last=False)
        return self._streams.pop(post_id, ())

    def is_deleted(self, post_id: str) -> bool:
        """Return whether a post was deleted, whichever came first."""
        return post_id in self._deleted
