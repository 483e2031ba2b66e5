"""Sign-ins in progress and what they granted, for OAuth 1.0a and 2.0."""

import time
from typing import NamedTuple

from simulator import tokens

LIFETIME = 900.0
"""Seconds for which a request token can be used."""
MOST_PENDING = 10_000


class RequestToken:
    """A sign-in that has begun."""

    def __init__(self, consumer_key: str, callback: str) -> None:
        self.token = tokens.fresh(20)
        self.secret = tokens.fresh(24)
        self.consumer_key = consumer_key
        self.callback = callback
        self.begun = time.time()
        self.verifier: str | None = None
        self.username = ""

    def alive(self) -> bool:
        """Return whether there is still time."""
        return time.time() < self.begun + LIFETIME


class RequestTokens:
    """The sign-ins under way, oldest first, bounded in number."""

    def __init__(self) -> None:
        self._tokens: dict[str, RequestToken] = {}

    def add(self, token: RequestToken) -> None:
        """Keep a token; the oldest makes room."""
        self._tokens[token.token] = token
        while len(self._tokens) > MOST_PENDING:
            del self._tokens[next(iter(self._tokens))]

    def get(self, token: str) -> RequestToken | None:
        """Return a token that is still alive."""
        found = self._tokens.get(token)
        return found if found and found.alive() else None

    def remove(self, token: RequestToken) -> None:
        """Forget a token that has served."""
        self._tokens.pop(token.token, None)


class Grant(NamedTuple):
    """What a code, access or refresh token stands for."""

    client_id: str
    username: str
    scope: str
    expires: float
    redirect_uri: str = ""
    challenge: str = ""
    method: str = ""


class Grants:
    """Codes and tokens given out, in memory."""

    def __init__(self) -> None:
        self.codes: dict[str, Grant] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}

    def get(self, token: str) -> Grant | None:
        """Return what an access token stands for while it lasts."""
        grant = self.access.get(token)
        return grant if grant and time.time() < grant.expires else None
