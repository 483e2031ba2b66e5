"""When to connect to an instance again: the decision alone, no clock and no network."""

import msgspec

from streams.live.report import Fault

FIRST, MOST = 1.0, 60.0
"""Seconds between two tries, which double up to a minute."""
REFUSED = 15 * 60.0
"""Seconds until a refusal that only a person can change is tried again."""
STABLE = 30.0
"""A connection that lived so many seconds ends every back-off."""

_REFUSALS = {
    401: (
        "unauthorized",
        "{host} does not accept the access token. Make one there under Preferences, Development,"
        " with the scope read:statuses, and {remedy}.",
    ),
    403: ("forbidden", "{host} does not let this account read: {detail}"),
    404: (
        "not_found",
        "{host} has no streaming API of Mastodon. Check the address.",
    ),
    422: ("forbidden", "{host} wants the account to be confirmed first: {detail}"),
}


class ConnectionEnd(msgspec.Struct, frozen=True):
    """How an attempt ended: `status` is that of a refusal by HTTP, 0 for a broken connection.

    `lived` and `reset_in` are seconds; `detail` is the instance's own word.
    """

    status: int = 0
    detail: str = ""
    lived: float = 0.0
    reset_in: float = 0.0


class ReconnectDecision(msgspec.Struct, frozen=True):
    """Wait so many seconds; `refused` means that waiting does not cure it."""

    seconds: float
    fault: Fault
    refused: bool = False


class InstancePacing:
    """Remembers how many attempts failed in a row."""

    def __init__(
        self, host: str = "the instance", first: float = FIRST, *, is_added: bool = False
    ) -> None:
        """`is_added` says that somebody added the token on the page."""
        self.host = host
        self._first = first
        self._remedy = "add it on the page Clients" if is_added else "set MASTODON_TOKEN"
        self._failures = 0

    def after(self, end: ConnectionEnd) -> ReconnectDecision:
        """Decide what follows the end of an attempt."""
        if end.lived >= STABLE:
            self._failures = 0
        if end.status in _REFUSALS:
            code, text = _REFUSALS[end.status]
            detail = end.detail or "no reason given"
            message = text.format(host=self.host, detail=detail, remedy=self._remedy)
            return ReconnectDecision(REFUSED, Fault(code, message), refused=True)
        wait = min(self._first * 2**self._failures, MOST)
        self._failures = min(self._failures + 1, 16)
        if end.status == 429:
            wait = max(wait, end.reset_in)
            text = f"{self.host} limits how often we may ask. Trying again in {wait:.0f} s."
            return ReconnectDecision(wait, Fault("rate_limited", text))
        if end.status:
            text = f"{self.host} answers with HTTP {end.status}. Trying again in {wait:.0f} s."
            return ReconnectDecision(wait, Fault("upstream_error", text))
        detail = f" ({end.detail})" if end.detail else ""
        text = f"The connection to {self.host} broke{detail}. Connecting again."
        return ReconnectDecision(wait, Fault("disconnected", text))
