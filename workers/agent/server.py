"""The capture server's REST: jobs to run, progress, gaps and deletions to report."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import requests
from requests.auth import AuthBase

from streams.clock import clock
from streams.deletion import DeletionOrder
from workers.agent.gap_reports import UnsentGap

log = logging.getLogger(__name__)

TIMEOUT = (3.0, 4.0)
"""Seconds to connect and to wait for a response: a server must not delay a stop."""
STARTING, STARTED, STOPPING, STOPPED = 2, 3, 4, 5
Answer = TypeVar("Answer")
UNKNOWN = (404, 405, 410, 501)
"""Status codes of other servers for calls that only Weir offers."""


class ServerError(Exception):
    """A call failed; one line. `status` is the HTTP status, 0 without a response.

    `is_logged` says that the log names the outage to which the failure belongs.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.is_logged = False

    @property
    def is_temporary(self) -> bool:
        """Whether a retry may help: the server was away or refused the client for now."""
        return not 400 <= self.status < 500 or self.status in (401, 403, 408, 429)


class _Fields(msgspec.Struct):
    id: int
    name: str = ""
    status: int = 0
    total_count: int | None = None
    twitter_keywords: str | None = None
    keywords: str | None = None


class _Page(msgspec.Struct):
    results: list[dict[str, Any]]


class DeletionWork(msgspec.Struct, frozen=True):
    """Orders to carry out, and what must not be captured again: number, kind, value, ms."""

    orders: list[DeletionOrder]
    forgotten: list[tuple[int, str, str, int]]


class SharedConnects(msgspec.Struct, frozen=True):
    """How many seconds ago other machines of an app connected; `machines` includes this one."""

    ages: list[float]
    machines: int


class ServerJob(msgspec.Struct, frozen=True):
    """A job as the server last sent it; `whole` has all of its fields."""

    id: int
    name: str
    status: int
    total_count: int
    keywords: str
    whole: dict[str, Any]

    @property
    def runs(self) -> bool:
        """Whether it is to be captured."""
        return self.status in (STARTING, STARTED)


class CaptureServer:
    """Calls one server with one client's token. Every call may raise ServerError."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base = base_url.rstrip("/") + "/"
        self._auth = _Token(token)
        self._outage = ServerOutage()

    def active_jobs(self) -> list[ServerJob]:
        """Fetch this client's jobs."""
        answer = self._call("GET", "activejobs/")
        try:
            page = msgspec.convert(answer, _Page)
        except msgspec.ValidationError as error:
            raise ServerError(f"activejobs/ did not return a page of jobs: {error}") from None
        return [_job(each) for each in page.results]

    def job(self, number: int) -> ServerJob:
        """Fetch a job."""
        return _job(self._call("GET", f"jobs/{number}/"))

    def ping(self, number: int, total: int, rate: float) -> ServerJob | None:
        """Report the progress of a job; most servers respond with the job."""
        form = {"total_count": str(total), "rate": f"{int(rate * 1000) / 1000:.3f}"}
        answer = self._call("PATCH", f"jobs/{number}/", form)
        try:
            return _job(answer)
        except ServerError:
            return None

    def set_status(self, job: ServerJob, status: int) -> None:
        """Set the status of a job, with its other fields as they were read."""
        form = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in job.whole.items()
            if isinstance(value, str | int | float)
        }
        self._call("PUT", f"jobs/{job.id}/", form | {"status": str(status)})

    def settle_status(self) -> None:
        """Record that the server wants no status now: one that it did not take is not repeated."""
        self._outage.dropped("PUT jobs")

    def deletions(self, after: int) -> "DeletionWork | None":
        """Fetch deletion orders; None from a server without deletions."""
        return self._fetch("GET", f"deletions/?after={after}", DeletionWork)

    def report_gaps(self, number: int, gaps: Sequence[UnsentGap]) -> bool:
        """Report gaps of a job; False from a server that takes none."""
        try:
            self._call("POST", f"jobs/{number}/gaps/", json={"gaps": msgspec.to_builtins(gaps)})
        except ServerError as error:
            if error.status in UNKNOWN:
                return False
            raise
        return True

    def share_connects(self, app: str, ages: Sequence[float]) -> "SharedConnects | None":
        """Report when this machine connected to X (seconds ago); None from other servers."""
        body = {"app": app, "ages": list(ages)}
        return self._fetch("POST", "connects/", SharedConnects, body)

    def _fetch(self, method: str, path: str, kind: type[Answer], json: Any = None) -> Answer | None:
        """Return the answer to a call that only Weir offers; None from other servers."""
        try:
            answer = self._call(method, path, json=json)
        except ServerError as error:
            if error.status in UNKNOWN:
                return None
            raise
        try:
            return msgspec.convert(answer, kind)
        except msgspec.ValidationError as error:
            raise ServerError(f"{path.partition('?')[0]} cannot be read: {error}") from None

    def report(self, deletion_id: str, body: dict[str, Any]) -> None:
        """Report the progress of one order."""
        self._call("POST", f"deletions/{quote(deletion_id, safe='')}/", json=body)

    def _call(
        self, method: str, path: str, form: dict[str, str] | None = None, json: Any = None
    ) -> Any:
        """Make a call, and log when a time without answers begins and ends."""
        name = f"{method} {path.partition('/')[0]}"
        try:
            answer = self._ask(method, path, form, json)
        except ServerError as error:
            if error.is_temporary:
                self._outage.failed(name, error)
                error.is_logged = True
            else:  # a server that says no serves this agent
                self._outage.worked(name)
            raise
        self._outage.worked(name)
        return answer

    def _ask(self, method: str, path: str, form: dict[str, str] | None, json: Any) -> Any:
        try:
            answer = requests.request(
                method,
                self._base + quote(path, safe="/?=%"),
                data=form,
                json=json,
                auth=self._auth,
                timeout=TIMEOUT,
                allow_redirects=False,
                headers={"Accept": "application/json", "Connection": "close"},
            )
            if clock.teacher != "X":  # until X has said what time it is
                clock.learn_date(answer.headers.get("Date"), "the server")
            if not 200 <= answer.status_code <= 202:
                answered = " ".join(answer.text[:200].split())
                raise ServerError(
                    f"{method} {path}: HTTP {answer.status_code} {answered}", answer.status_code
                )
            return msgspec.json.decode(answer.content)
        except requests.RequestException as error:
            raise ServerError(f"{method} {path}: {type(error).__name__}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ServerError(f"{method} {path}: the response is not JSON") from None


class ServerOutage:
    """Logs once when calls begin to fail for a while, and once when all work again.

    An agent's threads share it. A call that failed and is not made again is forgotten.
    """

    def __init__(self, seconds: float = 120.0) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._failed_at: dict[str, float] = {}
        self._logged: set[int] = set()

    def failed(self, call: str, error: ServerError) -> None:
        """Record a failed call; a refusal of the client is another matter than a server away."""
        kind = error.status if error.status in (401, 403) else 0
        with self._lock:
            self._forget_old()
            self._failed_at[call] = time.monotonic()
            if kind not in self._logged:
                self._logged.add(kind)
                log.error("The server does not serve this agent: %s", error)

    def dropped(self, call: str) -> None:
        """Record that a call that failed will not be made again."""
        with self._lock:
            self._failed_at.pop(call, None)

    def worked(self, call: str) -> None:
        """Record a call that worked."""
        with self._lock:
            self._failed_at.pop(call, None)
            self._forget_old()
            if not self._failed_at and self._logged:
                self._logged.clear()
                log.info("The server responds again")

    def _forget_old(self) -> None:
        oldest = time.monotonic() - self._seconds
        self._failed_at = {call: at for call, at in self._failed_at.items() if at >= oldest}


class _Token(AuthBase):
    """Sets the header on the request: otherwise the user's .netrc would replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Token {self._token}"
        return request


def _job(answer: Any) -> ServerJob:
    try:
        fields = msgspec.convert(answer, _Fields, strict=False)
    except msgspec.ValidationError as error:
        raise ServerError(f"the server sent an unreadable job: {error}") from None
    text = fields.twitter_keywords if fields.twitter_keywords is not None else fields.keywords
    return ServerJob(
        fields.id,
        fields.name,
        fields.status,
        max(0, fields.total_count or 0),
        (text or "").strip(),
        answer,
    )
