"""Deletion on this machine: what was asked for leaves its captures, its store, and what Redis has.

SQL remembers what is asked. A pass may be cut short anywhere: the next one goes on.
"""

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis

from streams.deletion import DeletionOrder
from streams.live import LiveStoreError
from streams.live.deletion import erase_from_all
from streams.settings import Settings
from streams.store import Store
from workers.captures.redaction.post_matcher import PostMatcher
from workers.collector.deletion_filter import DeletedIds
from workers.deletion.deletion_pass import AccountPass
from workers.deletion.local import LocalDeletion
from workers.deletion.object_store import ObjectStoreDeletion

log = logging.getLogger(__name__)

LATE = 86_400_000
"""Milliseconds for which a machine that comes up takes part in what was asked before."""


class DeletionRunner:
    """Does what is asked of one machine; `step` again and again."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        client: redis.Redis,
        machine: str,
        forgotten: DeletedIds,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._client = client
        self._machine = machine
        self._forgotten = forgotten
        self._clock = clock
        self._lock = settings.data_dir / "deletion.lock"
        self._here = LocalDeletion(settings, store, machine)
        self._stored = ObjectStoreDeletion(settings, store, client, machine)
        self._gated: set[str] = set()

    def step(self) -> bool:
        """Look through everything for what is pending; True when it must look again.

        Raises StoreError, OSError.
        """
        self._store.deletions.adopt(self._machine, self._clock() - LATE)
        orders = self._store.deletions.pending(self._machine)
        if not orders:
            self._gated.clear()
            self._here.forget()
            self._stored.forget()
            return False
        self._forgotten.refresh()
        self._forgotten.add(orders)
        with _alone(self._lock) as alone:
            if not alone:
                return True
            accounts = dict.fromkeys(order.account_id for order in orders)
            left = [
                self._do(account, [order for order in orders if order.account_id == account])
                for account in accounts
            ]
        return any(left)

    def _do(self, account_id: int, orders: Sequence[DeletionOrder]) -> bool:
        """Make a pass for one account; True when there must be another."""
        work = AccountPass(
            self._store, self._machine, account_id, PostMatcher(orders), self._clock()
        )
        self._erase(work, orders, named=True)
        self._here.look(work)
        self._stored.look(work)
        self._erase(work, orders, named=False)
        # What was read before the deletion was known here is on the disk by the next pass.
        new = {order.id for order in orders} - self._gated
        self._gated |= new
        again = bool(new or work.busy or work.trouble or work.changed)
        trouble = "; ".join(work.trouble)[:500] or None
        ids = [order.id for order in orders]
        done_at = None if again else self._clock()
        self._store.deletions.report(ids, self._machine, work.looked, done_at, trouble)
        if trouble:
            log.warning("a deletion is not done yet: %s", trouble)
        return again

    def _erase(self, work: AccountPass, orders: Sequence[DeletionOrder], *, named: bool) -> None:
        """Take out of recent posts what was named, or what was found besides."""
        for order in orders:
            posts = order.posts if named else self._store.deletions.also_found(order.id)
            authors = order.authors if named else ()
            try:
                ids = [each.id for each in self._store.streams.of_account(order.account_id)]
                count = erase_from_all(self._client, ids, posts, authors, order.asked_at)
                self._store.deletions.recent(order.id, count)
            except LiveStoreError as error:
                work.trouble.append(f"Redis does not answer: {error}")
                return


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Keep other processes of this machine from doing the same; False when one is at it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
