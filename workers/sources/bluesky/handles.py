"""Handles of accounts: looked up in the background, so that no post waits for one."""

import logging
import queue
import threading
from collections import OrderedDict

import requests

from streams.post import Author

log = logging.getLogger(__name__)

KEPT = 100_000
"""Accounts whose handles are remembered."""
AT_ONCE = 25
"""Accounts of one request; the API allows no more."""
WAITING = 1_000
"""Accounts that wait to be looked up; more of them stay without a handle."""
PAUSE, LONG_PAUSE = 0.5, 30.0
"""Seconds between two requests, and after one that failed."""


class Handles:
    """Knows the author of a DID as far as it was told; `lookup` runs in a thread of its own."""

    def __init__(self, api: str) -> None:
        """`api` is the address of the public API; empty looks nothing up."""
        self._api = api
        self._known: OrderedDict[str, Author | None] = OrderedDict()
        self._lock = threading.Lock()
        self._asked: queue.Queue[str] = queue.Queue(WAITING)
        self._wanted: frozenset[str] = frozenset()
        self._unresolved: tuple[str, ...] = ()
        self._authors: dict[str, str] = {}
        self._stopped = threading.Event()

    def author(self, did: str) -> Author:
        """Return what is known of an account now, and have the rest looked up."""
        with self._lock:
            if did in self._known:
                self._known.move_to_end(did)
                return self._known[did] or Author(did)
        if self._api:
            try:
                self._asked.put_nowait(did)
            except queue.Full:
                return Author(did)
            self._remember(did, None)
        return Author(did)

    def follow(self, names: frozenset[str]) -> None:
        """Look up the accounts behind handles that filters ask for; DIDs are no handles."""
        with self._lock:
            self._wanted = frozenset(each for each in names if not each.startswith("did:"))
            self._authors = {did: h for did, h in self._authors.items() if h in self._wanted}
            self._unresolved = tuple(self._wanted.difference(self._authors.values()))

    def followed(self, did: str) -> str | None:
        """Return the handle of an account, in lower case, if a filter asks for it."""
        return self._authors.get(did)

    def found(self) -> frozenset[str]:
        """Return the handles that filters ask for and that an account has."""
        return frozenset(self._authors.values())

    def renamed(self, did: str, handle: str) -> None:
        """Take up a new handle of an account that is known or that a filter asks for."""
        self._resolve(did, handle)
        with self._lock:
            if before := self._known.get(did):
                self._known[did] = Author(did, handle, before.name, before.avatar)

    def forget(self, did: str) -> None:
        """Forget an account that is gone."""
        with self._lock:
            self._known.pop(did, None)
            self._authors.pop(did, None)

    def lookup(self) -> None:
        """Look up what was asked for until `stop`."""
        with requests.Session() as session:
            while not self._stopped.is_set():
                wanted = self._take()
                pause = PAUSE
                if wanted and not self._fetch(session, wanted):
                    pause = LONG_PAUSE
                self._stopped.wait(pause)

    def stop(self) -> None:
        """End `lookup`."""
        self._stopped.set()

    def _take(self) -> list[str]:
        with self._lock:
            wanted = list(self._unresolved[:AT_ONCE])
            self._unresolved = self._unresolved[AT_ONCE:]
        while len(wanted) < AT_ONCE:
            try:
                wanted.append(self._asked.get_nowait())
            except queue.Empty:
                break
        return wanted

    def _fetch(self, session: requests.Session, wanted: list[str]) -> bool:
        """Ask for profiles; False when there was no answer. Accounts without one keep none."""
        try:
            answer = session.get(
                f"{self._api}/xrpc/app.bsky.actor.getProfiles",
                params=[("actors", did) for did in wanted],
                timeout=10,
            )
            answer.raise_for_status()
            profiles = answer.json()["profiles"]
            found = [(each["did"], each) for each in profiles if isinstance(each, dict)]
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            log.info("handles of Bluesky could not be looked up: %s", type(error).__name__)
            with self._lock:
                self._unresolved += tuple(self._wanted.intersection(wanted))
            return False
        for did, profile in found:
            names = (_text(profile.get(key)) for key in ("handle", "displayName", "avatar"))
            author = Author(did, *names)
            self._remember(did, author)
            self._resolve(did, author.handle)
        if missing := self._wanted.intersection(wanted).difference(self._authors.values()):
            log.warning("Bluesky has no account %s: no post is theirs", ", ".join(sorted(missing)))
        return True

    def _resolve(self, did: str, handle: str | None) -> None:
        """Record whose handle it is now, if a filter asks for it; an account has one handle."""
        folded = (handle or "").lower()
        with self._lock:
            self._authors = {who: h for who, h in self._authors.items() if who != did}
            if folded in self._wanted:
                self._authors[did] = folded

    def _remember(self, did: str, author: Author | None) -> None:
        with self._lock:
            self._known[did] = author
            self._known.move_to_end(did)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
