"""Deletion on this machine: removes requested posts from captures, object stores and Redis.

SQL keeps the orders. A pass may be interrupted anywhere: the next one continues.
"""

import fcntl
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import redis

from streams import label_sets
from streams.deletion import DeletionOrder
from streams.live import LiveStoreError
from streams.live.deletion import erase_from_all
from streams.settings import Settings
from streams.store import Store
from workers.captures.redaction.post_matcher import PostMatcher
from workers.captures.redaction.segment_deletion import Writers
from workers.captures.segments.file_system import FileSystem
from workers.deletion.deletion_pass import AccountPass
from workers.deletion.local import LocalDeletion
from workers.deletion.object_store import ObjectStoreDeletion
from workers.export.kept_labels import forget

log = logging.getLogger(__name__)

LATE = 86_400_000
"""Milliseconds; a machine that starts also carries out orders that are this recent."""


class TakesOrders(Protocol):
    """What keeps deleted posts from coming in again, such as `DeletedIds`."""

    def refresh(self) -> None: ...  # noqa: D102
    def add(self, orders: Iterable[DeletionOrder]) -> None: ...  # noqa: D102


class DeletionRunner:
    """Carries out the orders of one machine; call `step` repeatedly."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        client: redis.Redis,
        machine: str,
        deleted_ids: TakesOrders,
        clock: Callable[[], int],
        file_system: FileSystem | None = None,
        writers: Writers | None = None,
    ) -> None:
        """Without `writers`, this process itself writes what is captured here."""
        self._store = store
        self._client = client
        self._machine = machine
        self._deleted_ids = deleted_ids
        self._clock = clock
        self._data_dir = settings.data_dir
        self._lock = settings.data_dir / "deletion.lock"
        self._local = LocalDeletion(settings, store, machine, file_system, writers)
        self._object_store = ObjectStoreDeletion(settings, store, client, machine)
        self._passed_once: set[str] = set()

    def step(self) -> bool:
        """Make a pass for each account with pending orders; True when another pass is due.

        Raises StoreError, OSError.
        """
        self._store.deletions.adopt(self._machine, self._clock() - LATE)
        orders = self._store.deletions.pending(self._machine, self._clock())
        if not orders:
            self._passed_once.clear()
            self._local.clear()
            self._object_store.clear()
            return False
        self._deleted_ids.refresh()
        self._deleted_ids.add(orders)
        with _exclusively(self._lock) as locked:
            if not locked:
                return True
            accounts = dict.fromkeys(order.account_id for order in orders)
            left = [
                self._do(account, [order for order in orders if order.account_id == account])
                for account in accounts
            ]
        return any(left)

    def _do(self, account_id: int, orders: Sequence[DeletionOrder]) -> bool:
        """Make one pass for an account; True when another is due."""
        streams = self._store.streams.of_account(account_id, archived=True)
        marking = {
            stream.folder
            for stream in streams
            if stream.plan.capture and stream.plan.capture.on_deletion == "mark" and stream.folder
        }
        matcher = PostMatcher(orders, marking)
        deletion_pass = AccountPass(self._store, self._machine, account_id, matcher, self._clock())
        self._erase(deletion_pass, orders, named=True)
        self._local.scan(deletion_pass)
        self._object_store.scan(deletion_pass)
        self._erase(deletion_pass, orders, named=False)
        again = deletion_pass.must_repeat(self._passed_once)
        ids = [order.id for order in orders]
        done_at = None if again else self._clock()
        error = deletion_pass.error
        self._store.deletions.report(ids, self._machine, deletion_pass.scanned, done_at, error)
        if error:
            log.warning("A deletion is not complete; Weir tries again: %s", error)
        return again

    def _erase(
        self, deletion_pass: AccountPass, orders: Sequence[DeletionOrder], *, named: bool
    ) -> None:
        """Remove from recent posts what the orders name, or what the passes found."""
        for order in orders:
            posts = order.posts if named else self._store.deletions.also_found(order.id)
            authors = order.authors if named else ()
            try:
                ids = [each.id for each in self._store.streams.of_account(order.account_id)]
                forget(label_sets.account_folder(self._data_dir, order.account_id), posts)
                count = erase_from_all(self._client, ids, posts, authors, order.asked_at)
                self._store.deletions.recent(order.id, count)
            except (OSError, sqlite3.Error) as error:
                deletion_pass.errors.append(f"A set of labels cannot be changed: {error}")
            except LiveStoreError as error:
                deletion_pass.errors.append(f"Redis does not answer: {error}")
                return


@contextmanager
def _exclusively(path: Path) -> Iterator[bool]:
    """Lock a file against other processes of this machine; False when one holds it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
