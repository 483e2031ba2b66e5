"""Tweepy, pointed at any base address, one attempt at a time, never ended by a callback."""

import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter

from streams.clock import clock, now_ms
from streams.settings import Settings
from workers.captures.segments.timestamps import written_ms
from workers.captures.segments.totals import created_at_of
from workers.sources.x.pacing import AttemptOutcome

log = logging.getLogger(__name__)

FIELDS = {
    "tweet_fields": (
        "author_id,created_at,edit_history_tweet_ids,geo,lang,note_tweet,paid_partnership,"
        "referenced_tweets,source,withheld"
    ),
    "expansions": "author_id,geo.place_id,referenced_tweets.id,referenced_tweets.id.author_id",
    "user_fields": "name,profile_image_url,username",
    "place_fields": "country_code,full_name,geo,id,place_type",
}
TWEEPY_HOST = "https://api.twitter.com"
"""Hard-coded in Tweepy 4.17 (BaseClient.request, StreamingClient._connect)."""
OnLine = Callable[[bytes, int], None]
"""Takes a raw line and when it came (ms since the epoch)."""
TIMEOUT = 10.0
"""Seconds that a request may take which is no stream; Tweepy itself would wait for ever."""


class Rebase(HTTPAdapter):
    """Sends what Tweepy addresses to its own host to another base address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base.rstrip("/")

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send the request, rewritten; one that sets no limit of its own gets ours."""
        if request.url and request.url.startswith(TWEEPY_HOST):
            request.url = self.base + request.url[len(TWEEPY_HOST) :]
            request.headers["Host"] = urlsplit(self.base).netloc
        return super().send(request, **{**options, "timeout": options.get("timeout") or TIMEOUT})


class XClient(tweepy.StreamingClient):  # type: ignore[misc]
    """Streams raw lines to a receiver, once: make a new one for each connection."""

    def __init__(self, base: str, bearer: str) -> None:
        # max_retries=0: Tweepy never sleeps and never connects a second time by itself.
        super().__init__(
            bearer, return_type=requests.Response, chunk_size=65536, max_retries=0, daemon=True
        )
        self.session.mount(TWEEPY_HOST, Rebase(base))
        self.session.hooks["response"].append(self._seen)
        self._response: requests.Response | None = None
        self._receive: OnLine | None = None
        self._on_connected: Callable[[int], None] = lambda at: None
        self._outcome = AttemptOutcome("closed")
        self._cut_short = False
        self.connected_at: float | None = None
        self._lives_since = 0.0
        self.last_line_at: float | None = None
        self._last_line = b""
        """Empty after a keep-alive: it proves that nothing was on its way."""

    def attempt(
        self, receive: OnLine, on_connected: Callable[[int], None] = lambda at: None
    ) -> AttemptOutcome:
        """Connect, hand every line to `receive` until the end, and return how it ended."""
        self._receive = receive
        self._on_connected = on_connected
        self.filter(**FIELDS)
        lived = time.monotonic() - self._lives_since if self.connected_at else 0.0
        outcome = self._outcome
        return AttemptOutcome(
            outcome.kind, outcome.status, outcome.problem, outcome.detail, lived, outcome.reset_in
        )

    @property
    def proved_until(self) -> int | None:
        """When (ms) the last that came was written: what X wrote later may be lost with it."""
        if (at := self.last_line_at or self.connected_at) is None:
            return None
        received = int(at * 1000)
        return written_ms(created_at_of(self._last_line), received)

    def cut(self) -> None:
        """End the attempt now: a read that waits for the next line returns."""
        self.running = False
        self._cut_short = True
        response = self._response
        if response is not None:
            try:
                response.raw.shutdown()
            except (ValueError, RuntimeError, OSError):
                log.debug("the connection had ended by itself")

    def free_slot(self) -> None:
        """Ask X to close the app's stale connections (DELETE /2/connections/{endpoint})."""
        self.request("DELETE", "/2/connections/filtered_stream")

    def _seen(self, response: requests.Response, **_: Any) -> None:
        self._response = response
        self.take_date(response.headers.get("Date"))

    def take_date(self, date: str | None) -> None:
        """Compare the clock of this process with X's."""
        clock.compare(date, "X")

    def on_connect(self) -> None:
        """Record the moment; end at once when `cut` came first."""
        self.connected_at = now_ms() / 1000
        self._lives_since = time.monotonic()
        self._on_connected(int(self.connected_at * 1000))
        if self._cut_short:
            self.running = False

    def on_data(self, raw_data: bytes) -> None:
        """Hand a line on; whatever the receiver raises, the stream lives."""
        self.last_line_at = now_ms() / 1000
        self._last_line = raw_data
        try:
            self._receive(raw_data, int(self.last_line_at * 1000))  # type: ignore[misc]
        except Exception:
            log.exception("a received line could not be handed on")

    def on_keep_alive(self) -> None:
        """Record that the connection lives."""
        self.last_line_at = now_ms() / 1000
        self._last_line = b""

    def on_closed(self, response: requests.Response) -> None:
        """X closed the stream cleanly: stop, or Tweepy connects again with no delay."""
        self.running = False

    def on_connection_error(self) -> None:
        """Network trouble, or no keep-alive for 21 s: stop, or Tweepy paces itself."""
        self._outcome = AttemptOutcome("network")
        self.running = False

    def on_exception(self, exception: Exception) -> None:
        """Anything that Tweepy does not foresee counts as network trouble."""
        log.warning("the stream broke: %r", exception)
        self._outcome = AttemptOutcome("network", detail=type(exception).__name__)

    def on_request_error(self, status_code: int) -> None:
        """Read X's reason from the body, which Tweepy only logs."""
        self._outcome = outcome_of(self._response, status_code)
        self.running = False

    def on_disconnect(self) -> None:
        """The end of an attempt is the caller's to report."""
        self._response = None


def outcome_of(response: requests.Response | None, status: int) -> AttemptOutcome:
    """Tell the kinds of refusal apart by the body (`title`, `connection_issue`, `type`)."""
    body: Any = {}
    reset_in = 0.0
    if response is not None:
        try:
            body = response.json()
            reset_in = float(response.headers.get("x-rate-limit-reset", 0)) - now_ms() / 1000
        except ValueError:
            body = {}
    if not isinstance(body, dict):
        body = {}
    if str(body.get("type", "")).rpartition("/")[2] == "usage-capped":
        problem = "UsageCapExceeded"
    else:
        problem = str(body.get("connection_issue") or body.get("title") or "")
    detail = str(body.get("detail") or "")[:300]
    return AttemptOutcome("http", status, problem, detail, reset_in=max(0.0, reset_in))


def bearer_of(base: str, key: str, secret: str, session: requests.Session | None = None) -> str:
    """Fetch the app-only bearer token with key and secret (POST /oauth2/token).

    Only this token can stream (X: authentication mapping). The same call returns the same token,
    so nothing is kept. Raises requests.HTTPError when X refuses, requests.RequestException when X
    cannot be reached.
    """
    answer = (session or requests).post(
        f"{base}/oauth2/token",
        auth=(key, secret),
        data={"grant_type": "client_credentials"},
        timeout=TIMEOUT,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def bearer_from(settings: Settings) -> str:
    """Return X_BEARER_TOKEN, or fetch it; raises requests.RequestException."""
    return settings.x_bearer_token or bearer_of(
        settings.x_api_base, settings.x_api_key, settings.x_api_secret
    )
