"""What an account had deleted does not come back: neither to captures nor to dashboards."""

import threading
from collections.abc import Iterable, Sequence

from streams.deletion import Order
from streams.post import Post
from streams.store import Store
from streams.store.deletions import AUTHOR, POST
from streams.stream import Stream
from workers.sources.source import Arrival, Followed, Link, Receive, Skipped, Source


class Forgotten:
    """Posts by account, and authors with the moment up to which their posts are meant."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._number = 0
        self._known: dict[tuple[int, str, str], int] = {}

    def refresh(self) -> None:
        """Read what was added since; raises StoreError."""
        with self._lock:
            for it in self._store.deletions.forgotten(self._number):
                self._number = it.number
                self._note(it.account_id, it.kind, it.value, it.asked_at)

    def add(self, orders: Iterable[Order]) -> None:
        """Note orders, whichever numbers they have: those of two at once may come out of order."""
        with self._lock:
            for order in orders:
                for kind, values in ((POST, order.posts), (AUTHOR, order.authors)):
                    for value in values:
                        self._note(order.account_id, kind, value, order.asked_at)

    def holds(self, account_id: int, post: Post) -> bool:
        """Tell whether an account had this post deleted."""
        if (account_id, POST, post.id) in self._known:
            return True
        author = post.author.id if post.author else ""
        return post.received_at <= self._known.get((account_id, AUTHOR, author), -1)

    def _note(self, account_id: int, kind: str, value: str, asked_at: int) -> None:
        key = (account_id, kind, value)
        self._known[key] = max(asked_at, self._known.get(key, -1))


class Forgetful:
    """A source that leaves out what the owners of its streams had deleted."""

    def __init__(self, source: Source, forgotten: Forgotten) -> None:
        self.live = source.live
        self._source = source
        self._forgotten = forgotten
        self._accounts: dict[str, int] = {}

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Learn whose the streams are, and what was deleted lately; raises StoreError."""
        self._forgotten.refresh()
        self._accounts = {stream.id: stream.account_id for stream in wanted}
        return self._source.follow(wanted)

    def run(self, receive: Receive) -> None:
        """Read."""
        self._source.run(receive)

    def read(self, raw: bytes, received_at: int) -> Arrival | Skipped:
        """Decode a line, for those streams whose owners want it."""
        line = self._source.read(raw, received_at)
        if isinstance(line, Skipped):
            return line
        ids = tuple(each for each in line.stream_ids if self._wants(each, line.post))
        if ids == line.stream_ids:
            return line
        return Arrival(line.post, ids, line.share) if ids else Skipped("deleted")

    def link(self) -> Link:
        """Tell the state of the connection."""
        return self._source.link()

    def settle(self, everything: bool) -> None:
        """Pass on that what was read is safe."""
        self._source.settle(everything)

    def stop(self) -> None:
        """End."""
        self._source.stop()

    def _wants(self, stream_id: str, post: Post) -> bool:
        account = self._accounts.get(stream_id)
        return account is None or not self._forgotten.holds(account, post)
