"""One pass for the deletion requests of one account on one machine, recorded in the store."""

import msgspec

from streams.collection import collection_of
from streams.deletion import RemovedFromSegment
from streams.store import Store
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.redaction.segment_deletion import DeletionPass
from workers.captures.segments.manifest import Manifest
from workers.captures.segments.names import plain_name


class AccountPass(DeletionPass):
    """Writes what it finds and removes to SQL; its methods may raise StoreError."""

    def __init__(
        self, store: Store, machine: str, account_id: int, matcher: PostMatcher, now: int
    ) -> None:
        super().__init__(matcher, now)
        self.machine = machine
        self.account_id = account_id
        self._store = store

    def record_found(self, found: dict[str, FoundPosts]) -> None:
        """Store the ids that were found, before their lines are removed."""
        self.changed = True
        for order_id, each in found.items():
            self._store.deletions.found(order_id, each.posts, each.authors)

    def record_removed(
        self, folder: str, file: str, manifest: Manifest, stream_id: str | None = None
    ) -> None:
        """Store what a segment's manifest says was removed; may be repeated.

        `stream_id` is the stream that writes to the folder now: a segment that SQL does not
        know yet is recorded as one of that stream.
        """
        if not manifest.redactions:
            return
        machine = manifest.machine or self.machine
        for order_id, lines, copies in self.removed_by(manifest):
            removed = RemovedFromSegment(machine, collection_of(folder), file, lines, copies)
            self._store.deletions.record_removed(order_id, removed)
        names = list(dict.fromkeys([file, plain_name(file)]))
        fields = msgspec.to_builtins(manifest)
        self._store.segments.rewritten(folder, machine, names, fields, stream_id)

    def record_unverified(self, folder: str, file: str, found: dict[str, FoundPosts]) -> None:
        """Store what was removed from a file that has no manifest."""
        for order_id, each in found.items():
            lines = len(each.lines)
            collection = collection_of(folder)
            removed = RemovedFromSegment(self.machine, collection, file, lines, each.copies)
            self._store.deletions.record_removed(order_id, removed)
