"""When to connect again, by X's rules: the decision alone, no clock and no network.

Facts: X, "Handling disconnections" (back-offs) and "Rate limits" (50 connects in 15 minutes).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from math import inf
from typing import Literal

import msgspec

from streams.live.app_connects import WINDOW_MS
from streams.live.report import Fault

WINDOW = WINDOW_MS / 1000
"""Seconds for which X remembers a connect, and after which Weir asks again what X refused."""
NETWORK_STEP, NETWORK_MOST = 0.25, 16.0
HTTP_FIRST, HTTP_MOST = 5.0, 320.0
RATE_FIRST = 60.0
KNOWN = 90.0
"""Seconds for which a count of connects elsewhere holds."""
STABLE = 30.0
"""A connection that lived this long ends every back-off."""

_REFUSALS = {
    400: ("bad_request", "X does not understand our request: {detail}"),
    401: ("unauthorized", "X does not accept the bearer token. Check X_API_KEY and X_API_SECRET."),
    402: ("credits_depleted", "The X account has no credits left. Buy credits, then start again."),
    403: ("forbidden", "X refuses this app the stream: {detail}"),
    404: ("not_found", "X has no filtered stream at this address. Check X_API_BASE."),
}


class AttemptOutcome(msgspec.Struct, frozen=True):
    """How a connection ended. `lived` and `reset_in` are seconds; `problem` is X's own word."""

    kind: Literal["closed", "network", "http"]
    status: int = 0
    problem: str = ""
    detail: str = ""
    lived: float = 0.0
    reset_in: float = 0.0


class RetryDecision(msgspec.Struct, frozen=True):
    """Wait so many seconds; `refused` means that waiting does not cure it."""

    seconds: float
    fault: Fault
    refused: bool = False
    free_slot: bool = False


class ConnectsElsewhere(msgspec.Struct, frozen=True):
    """Connects of the same app on other machines, as a server counted them at `known_at`.

    `times` are seconds (monotonic); `machines` counts those that use the app, this one included.
    """

    times: tuple[float, ...] = ()
    machines: int = 1
    known_at: float = -inf

    def is_known(self, now: float) -> bool:
        """Return whether this still says how often the others connect."""
        return now - self.known_at <= KNOWN


ALONE = ConnectsElsewhere()


class Pacing:
    """Remembers what went wrong in a row, and when we connected.

    It allows `most` connects in a window; `before` holds when (seconds, monotonic, the oldest
    first) earlier processes connected.
    """

    def __init__(self, most: int = 45, before: Iterable[float] = ()) -> None:
        self._most = most
        self._network = 0.0
        self._http = 0.0
        self._crowded = False
        self._connects = deque(before)

    def connecting(self, now: float, elsewhere: ConnectsElsewhere = ALONE) -> float:
        """Record a connect at `now` (seconds, monotonic), or return the seconds to wait first.

        While the count of connects `elsewhere` is out of date, each machine has an equal share.
        """
        while self._connects and self._connects[0] <= now - WINDOW:
            self._connects.popleft()
        own = list(self._connects)
        others = [at for at in elsewhere.times if at > now - WINDOW]
        wait = _wait(sorted(own + others), self._most, now)
        if not elsewhere.is_known(now):
            wait = max(wait, _wait(own, max(1, self._most // elsewhere.machines), now))
        if wait > 0:
            return wait
        self._connects.append(now)
        return 0.0

    def after(self, outcome: AttemptOutcome) -> RetryDecision:
        """Decide what follows the end of a connection."""
        if outcome.lived >= STABLE:
            self._network = self._http = 0.0
            self._crowded = False
        if outcome.kind == "http":
            return self._after_http(outcome)
        return self._after_drop(outcome)

    def _after_drop(self, outcome: AttemptOutcome) -> RetryDecision:
        wait = self._network
        # X asks for steps of 250 ms; doubling from a second on spares the 50 connects it allows.
        self._network = min(wait * 2 if wait >= 1 else wait + NETWORK_STEP, NETWORK_MOST)
        message = "X closed the connection" if outcome.kind == "closed" else "The connection broke"
        detail = f" ({outcome.detail})" if outcome.detail else ""
        return RetryDecision(wait, Fault("disconnected", f"{message}{detail}. Connecting again."))

    def _after_http(self, outcome: AttemptOutcome) -> RetryDecision:
        if outcome.status in _REFUSALS:
            code, message = _REFUSALS[outcome.status]
            code = "spend_cap" if outcome.problem == "SpendCapReached" else code
            detail = outcome.detail or outcome.problem or "no reason given"
            return RetryDecision(WINDOW, Fault(code, message.format(detail=detail)), refused=True)
        if outcome.status == 429:
            return self._after_429(outcome)
        self._http = min(max(HTTP_FIRST, self._http * 2), HTTP_MOST)
        if outcome.status == 409:
            return RetryDecision(self._http, Fault("no_rules", "X has no rules for us yet."))
        text = f"X answers with HTTP {outcome.status}. Trying again in {self._http:.0f} s."
        return RetryDecision(self._http, Fault("upstream_error", text))

    def _after_429(self, outcome: AttemptOutcome) -> RetryDecision:
        if outcome.problem == "UsageCapExceeded":
            text = "The X project has read all the posts its plan allows: " + outcome.detail
            return RetryDecision(WINDOW, Fault("usage_cap", text), refused=True)
        crowded = outcome.problem == "TooManyConnections"
        if crowded and not self._crowded:
            self._crowded = True
            text = "X still holds an earlier connection of this app. Asking X to close it."
            return RetryDecision(1.0, Fault("too_many_connections", text), free_slot=True)
        self._http = min(max(RATE_FIRST, self._http * 2), HTTP_MOST)
        if crowded:
            text = "Another program uses this app's one connection to X. Stop it, or wait."
            return RetryDecision(self._http, Fault("too_many_connections", text))
        wait = max(1.0, outcome.reset_in or self._http)
        text = f"X limits how often we may connect. Trying again in {wait:.0f} s."
        return RetryDecision(wait, Fault("rate_limited", text))


def _wait(times: Sequence[float], most: int, now: float) -> float:
    """Return the seconds until fewer than `most` connects, the oldest first, lie in the window."""
    return times[-most] + WINDOW - now if len(times) >= most else 0.0
