"""Last use: when accounts and tokens were used, written now and then, not with every request."""

import logging
from collections.abc import Callable

import gevent

from streams.store import DatabaseDown, Store

log = logging.getLogger(__name__)

SECONDS = 10


class LastUsed:
    """Notes uses in memory and writes the last of each."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now
        self._accounts: dict[int, int] = {}
        self._tokens: dict[str, int] = {}

    def note(self, account_id: int, token_hash: str) -> None:
        """Note that a token was used now."""
        self._accounts[account_id] = self._tokens[token_hash] = self._now()

    def run(self) -> None:
        """Write what was noted, for ever."""
        while True:
            gevent.sleep(SECONDS)
            self.write()

    def write(self) -> None:
        """Write what was noted; what a locked database refuses is written the next time."""
        accounts, self._accounts = self._accounts, {}
        tokens, self._tokens = self._tokens, {}
        if not accounts:
            return
        try:
            self._store.people.seen(accounts, tokens)
        except DatabaseDown as error:
            log.debug("cannot record the last use of tokens: %s", type(error).__name__)
            self._accounts = accounts | self._accounts
            self._tokens = tokens | self._tokens
