"""The work of one pass: what is looked for, and what came of it so far."""

import msgspec

from streams.deletion import RemovedFromSegment
from streams.store import Store
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.segments.manifest import Manifest
from workers.captures.segments.names import plain_name


class AccountPass:
    """One account's orders on one machine."""

    def __init__(
        self, store: Store, machine: str, account_id: int, search: PostMatcher, now: int
    ) -> None:
        self.machine = machine
        self.account_id = account_id
        self.search = search
        self.now = now
        self.looked = 0
        self.busy = False
        """Whether somebody held a segment, so that it must be looked at again."""
        self.changed = False
        self.trouble: list[str] = []
        self._store = store

    def tell(self, found: dict[str, FoundPosts]) -> None:
        """Remember what was found, before it goes."""
        self.changed = True
        for order_id, each in found.items():
            self._store.deletions.found(order_id, each.posts, each.authors)

    def record_removed(
        self, collection: str, file: str, manifest: Manifest, stream_id: str | None = None
    ) -> None:
        """Write down what a segment's manifest says was taken out, however often that is said.

        `stream_id` writes to the collection now, so that a segment nobody knows yet is its own.
        """
        if not manifest.redactions:
            return
        machine = manifest.machine or self.machine
        for order_id in self.search.orders:
            notes = [each for each in manifest.redactions if each.request == order_id]
            if notes:
                lines = sum(each.count for each in notes)
                copies = sum(each.copies for each in notes)
                taken = RemovedFromSegment(machine, collection, file, lines, copies)
                self._store.deletions.record_removed(order_id, taken)
        names = list(dict.fromkeys([file, plain_name(file)]))
        plain = msgspec.to_builtins(manifest)
        self._store.segments.rewritten(collection, machine, names, plain, stream_id)

    def record_unverified(self, collection: str, file: str, found: dict[str, FoundPosts]) -> None:
        """Write down what went that no manifest tells of."""
        for order_id, each in found.items():
            taken = RemovedFromSegment(self.machine, collection, file, len(each.lines), each.copies)
            self._store.deletions.record_removed(order_id, taken)
