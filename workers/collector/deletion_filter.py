"""The deletion filter: deleted posts come back neither to captures nor to dashboards."""

import threading
from collections.abc import Callable, Iterable, Sequence

from streams.deletion import AUTHOR, POST, DeletedSubject, DeletionOrder
from streams.post import Post
from streams.stream import Stream
from workers.sources.source import Arrival


class DeletedIds:
    """Posts by account, and authors with the moment up to which their posts are meant."""

    def __init__(self, read: Callable[[int], Iterable[DeletedSubject]]) -> None:
        """`read` gives what was added after the entry of a number."""
        self._read = read
        self._lock = threading.Lock()
        self._number = 0
        self._known: dict[tuple[int, str, str], int] = {}

    def refresh(self) -> None:
        """Read what was added since; raises what reading raises (StoreError)."""
        with self._lock:
            for it in self._read(self._number):
                self._number = it.number
                self._note(it.account_id, it.kind, it.value, it.asked_at)

    def add(self, orders: Iterable[DeletionOrder]) -> None:
        """Record orders, whatever their numbers: those of two at once may come out of order."""
        with self._lock:
            for order in orders:
                for kind, values in ((POST, order.posts), (AUTHOR, order.authors)):
                    for value in values:
                        self._note(order.account_id, kind, value, order.asked_at)

    def __bool__(self) -> bool:
        return bool(self._known)

    def holds(self, account_id: int, post: Post) -> bool:
        """Return whether an account had this post, or an earlier version of it, deleted."""
        if any((account_id, POST, version) in self._known for version in post.ids):
            return True
        author = post.author.id if post.author else ""
        return post.received_at <= self._known.get((account_id, AUTHOR, author), -1)

    def _note(self, account_id: int, kind: str, value: str, asked_at: int) -> None:
        key = (account_id, kind, value)
        self._known[key] = max(asked_at, self._known.get(key, -1))


class DeletionFilter:
    """Implements PostFilter: leaves out posts that the owners of streams had deleted."""

    skipped_as = "deleted"

    def __init__(self, deleted: DeletedIds) -> None:
        self._deleted = deleted
        self._accounts: dict[str, int] = {}

    def follow(self, wanted: Sequence[Stream]) -> None:
        """Learn whose the streams are, and what was deleted since; raises StoreError."""
        self._deleted.refresh()
        self._accounts = {stream.id: stream.account_id for stream in wanted}

    def allowed(self, arrival: Arrival) -> tuple[str, ...]:
        """Return the streams whose owners did not have this post deleted."""
        if not self._deleted:
            return arrival.stream_ids
        return tuple(each for each in arrival.stream_ids if self._wants(each, arrival.post))

    def _wants(self, stream_id: str, post: Post) -> bool:
        account = self._accounts.get(stream_id)
        return account is None or not self._deleted.holds(account, post)
