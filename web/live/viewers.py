"""Viewers: who is at the other end of each socket, and when they must go."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import msgspec

from streams.names import NAMESPACE
from streams.store import Store, StoreError
from streams.store.accounts import Account
from web.live.rooms import Rooms

log = logging.getLogger(__name__)

MAX_SOCKETS = 50
"""Sockets of one account at a time."""
SWEEP_SECONDS = 5
STRANGER_SECONDS = 30
"""How long a connection may stay without entering the namespace."""
_KEY = "weir.viewer"


class Viewer(msgspec.Struct, frozen=True):
    """Who a socket belongs to: `old` when the old client's cookies proved it."""

    account: Account | None
    old: Account | None
    token_hashes: tuple[str, ...]


class Viewers:
    """Keeps each viewer with the connection itself, so that neither outlives the other."""

    def __init__(self, server: Any, rooms: Rooms, store: Store, now: Callable[[], int]) -> None:
        self._server = server
        self._rooms = rooms
        self._store = store
        self._now = now
        self._strangers: dict[str, float] = {}

    def admit(self, environ: dict[str, Any], viewer: Viewer) -> bool:
        """Remember who a connection belongs to; False when they have too many."""
        account = viewer.account or viewer.old
        if account is not None:
            others = sum(account.id in _ids(other) for _, other in self._all())
            if others >= MAX_SOCKETS:
                return False
        environ[_KEY] = viewer
        return True

    def of(self, environ: dict[str, Any]) -> Viewer | None:
        """Return who a connection belongs to."""
        return environ.get(_KEY)

    def legacy_sockets(self, account_id: int) -> list[str]:
        """Sockets that the old client of an account opened."""
        return [sid for sid, viewer in self._all() if viewer.old and viewer.old.id == account_id]

    def anonymous_sockets(self) -> list[str]:
        """Sockets of nobody, where the settings let them in."""
        return [sid for sid, viewer in self._all() if not _ids(viewer)]

    def release(self, *token_hashes: str) -> None:
        """Disconnect the sockets that came with one of these tokens."""
        for sid, viewer in list(self._all()):
            if not set(token_hashes).isdisjoint(viewer.token_hashes):
                self._disconnect(sid)

    def watch(self) -> None:
        """For ever: let those go whose token was revoked or has expired, and strangers."""
        while True:
            gevent.sleep(SWEEP_SECONDS)
            try:
                self.sweep()
            except StoreError as error:
                log.warning("cannot check the tokens of viewers: %s", type(error).__name__)

    def sweep(self) -> None:
        """One round of `watch`."""
        hashes = {each for _, viewer in self._all() for each in viewer.token_hashes}
        self.release(*(hashes - self._store.tokens.valid(hashes, self._now())))
        known = {self._server.manager.eio_sid_from_sid(sid, NAMESPACE) for sid, _ in self._all()}
        now = time.monotonic()
        strangers = [each for each in self._server.eio.sockets if each not in known]
        self._strangers = {each: self._strangers.get(each, now) for each in strangers}
        for each, since in self._strangers.items():
            if now - since > STRANGER_SECONDS:
                gevent.spawn(self._server.eio.disconnect, each)

    def _all(self) -> Iterator[tuple[str, Viewer]]:
        for sid in self._rooms.members(None):
            viewer = self.of(self._server.get_environ(sid, NAMESPACE) or {})
            if viewer is not None:
                yield sid, viewer

    def _disconnect(self, sid: str) -> None:
        self._server.disconnect(sid, namespace=NAMESPACE)


def _ids(viewer: Viewer) -> set[int]:
    return {account.id for account in (viewer.account, viewer.old) if account}
