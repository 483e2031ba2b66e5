"""Compliance: asks X which captured posts must be deleted, and orders their deletion."""

import itertools
import logging
from collections.abc import Callable, Iterator

import redis

from streams.deletion import DeletionOrder
from streams.live import LiveStoreError
from streams.settings import Settings
from streams.store import Store
from workers.captures.redaction.post_matcher import posts_of_x_in
from workers.deletion.local import LocalDeletion
from workers.deletion.object_store import ObjectStoreDeletion
from workers.sources.x.compliance import ComplianceError, Wait, check

log = logging.getLogger(__name__)

KEPT = 200_000
"""Ids that are remembered, so that X is asked about each once."""


class ComplianceCheck:
    """Carries out the orders of one machine; call `step` repeatedly."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        client: redis.Redis,
        machine: str,
        wait: Wait,
        clock: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._store = store
        self._machine = machine
        self._wait = wait
        self._clock = clock
        self._ids = settings.data_dir / "compliance.ids"
        self._local = LocalDeletion(settings, store, machine)
        self._object_store = ObjectStoreDeletion(settings, store, client, machine)

    def step(self) -> bool:
        """Run the pending compliance jobs; True when one failed. Raises StoreError, OSError."""
        left = False
        for order in self._store.deletions.pending(self._machine, self._clock(), compliance=True):
            try:
                asked = self._run(order)
            except (ComplianceError, LiveStoreError) as error:
                log.warning("A compliance job failed; Weir tries again: %s", error)
                self._report(order, 0, None, str(error))
                left = True
            else:
                self._report(order, asked, self._clock(), None)
        return left

    def _run(self, order: DeletionOrder) -> int:
        """Ask X about every post of an account's captures here; returns how many those are."""
        asked = 0
        with self._ids.open("w") as file:
            for post in self._posts(order.account_id):
                file.write(post + "\n")
                asked += 1
        try:
            listed = (
                check(self._settings, self._ids, f"weir {order.id}", self._wait) if asked else []
            )
        finally:
            self._ids.unlink(missing_ok=True)
        reasons = sorted({each.reason for each in listed})
        for reason in reasons:
            posts = {each.id for each in listed if each.reason == reason}
            self._store.deletions.ask(
                order.account_id,
                f"X: {reason}"[:200],
                self._clock(),
                [self._machine],
                posts=posts,
                parent=order.id,
            )
        return asked

    def _posts(self, account_id: int) -> Iterator[str]:
        seen: set[str] = set()
        lines = itertools.chain(self._local.lines(account_id), self._object_store.lines(account_id))
        for line in lines:
            for post in posts_of_x_in(line):
                if post not in seen and post.isascii() and post.isdigit():
                    seen.add(post)
                    yield post
            if len(seen) > KEPT:
                seen.clear()

    def _report(
        self, order: DeletionOrder, asked: int, done_at: int | None, trouble: str | None
    ) -> None:
        self._store.deletions.report([order.id], self._machine, asked, done_at, trouble)
