"""Viewers: who each socket belongs to, and when the server disconnects it."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import msgspec

from streams.names import NAMESPACE
from streams.store import Store, StoreError
from streams.store.accounts import Account
from web.live.rooms import Rooms

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5
UNJOINED_SECONDS = 30
"""How long a connection may stay open without joining the namespace."""
_KEY = "weir.viewer"


class Viewer(msgspec.Struct, frozen=True):
    """Who a socket belongs to; `legacy_account` when the existing dashboard's cookies proved it."""

    account: Account | None
    legacy_account: Account | None
    token_hashes: tuple[str, ...]


class Viewers:
    """Stores each viewer in the environ of its connection, so that neither outlives the other."""

    def __init__(self, server: Any, rooms: Rooms, store: Store, now: Callable[[], int]) -> None:
        self._server = server
        self._rooms = rooms
        self._store = store
        self._now = now
        self._unjoined: dict[str, float] = {}

    def admit(self, environ: dict[str, Any], viewer: Viewer) -> None:
        """Record who a connection belongs to."""
        environ[_KEY] = viewer

    def sockets(self) -> Counter[int]:
        """Count the sockets of each account."""
        return Counter(each for _, viewer in self._all() for each in _ids(viewer))

    def of(self, environ: dict[str, Any]) -> Viewer | None:
        """Return who a connection belongs to."""
        return environ.get(_KEY)

    def legacy_sockets(self, account_id: int) -> list[str]:
        """Return the sockets that an account's existing dashboard opened."""
        return [
            sid
            for sid, viewer in self._all()
            if viewer.legacy_account and viewer.legacy_account.id == account_id
        ]

    def anonymous_sockets(self) -> list[str]:
        """Return the sockets of nobody, which the settings may allow."""
        return [sid for sid, viewer in self._all() if not _ids(viewer)]

    def release(self, *token_hashes: str) -> None:
        """Disconnect the sockets that came with one of these tokens."""
        for sid, viewer in list(self._all()):
            if not set(token_hashes).isdisjoint(viewer.token_hashes):
                self._disconnect(sid)

    def release_account(self, account_id: int) -> None:
        """Disconnect the sockets of an account."""
        for sid, viewer in list(self._all()):
            if account_id in _ids(viewer):
                self._disconnect(sid)

    def run(self) -> None:
        """Disconnect, for ever, sockets without a valid token, and unjoined connections."""
        while True:
            gevent.sleep(SWEEP_SECONDS)
            try:
                self.sweep()
            except StoreError as error:
                log.warning(
                    "cannot check viewers' tokens in the database, trying again: %s",
                    type(error).__name__,
                )

    def sweep(self) -> None:
        """Do one round of `run`."""
        hashes = {each for _, viewer in self._all() for each in viewer.token_hashes}
        self.release(*(hashes - self._store.tokens.valid(hashes, self._now())))
        known = {self._server.manager.eio_sid_from_sid(sid, NAMESPACE) for sid, _ in self._all()}
        now = time.monotonic()
        unjoined = [each for each in self._server.eio.sockets if each not in known]
        self._unjoined = {each: self._unjoined.get(each, now) for each in unjoined}
        for each, since in self._unjoined.items():
            if now - since > UNJOINED_SECONDS:
                gevent.spawn(self._server.eio.disconnect, each)

    def _all(self) -> Iterator[tuple[str, Viewer]]:
        for sid in self._rooms.members(None):
            viewer = self.of(self._server.get_environ(sid, NAMESPACE) or {})
            if viewer is not None:
                yield sid, viewer

    def _disconnect(self, sid: str) -> None:
        self._server.disconnect(sid, namespace=NAMESPACE)


def _ids(viewer: Viewer) -> set[int]:
    return {account.id for account in (viewer.account, viewer.legacy_account) if account}
