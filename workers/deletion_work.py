"""The work of one pass: what is looked for, and what came of it so far."""

import msgspec

from streams.deletion import Taken
from streams.store import Store
from workers.captures.manifest import Manifest
from workers.captures.redacted_line import Found, Search


class Work:
    """One account's orders on one machine."""

    def __init__(
        self, store: Store, machine: str, account_id: int, search: Search, now: int
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

    def tell(self, found: dict[str, Found]) -> None:
        """Remember what was found, before it goes."""
        self.changed = True
        for order_id, each in found.items():
            self._store.deletions.found(order_id, each.posts, each.authors)

    def took(
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
                taken = Taken(machine, collection, file, lines, copies)
                self._store.deletions.took(order_id, taken)
        names = list(dict.fromkeys([file, plain_name(file)]))
        plain = msgspec.to_builtins(manifest)
        self._store.segments.rewritten(collection, machine, names, plain, stream_id)

    def took_unproved(self, collection: str, file: str, found: dict[str, Found]) -> None:
        """Write down what went that no manifest tells of."""
        for order_id, each in found.items():
            taken = Taken(self.machine, collection, file, len(each.lines), each.copies)
            self._store.deletions.took(order_id, taken)


def plain_name(file: str) -> str:
    """Give the name that a packed file had before: SQL knows it by that."""
    return file.removesuffix(".gz").removesuffix(".zst")
