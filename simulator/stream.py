"""GET /2/tweets/search/stream: admission, then an endless body."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, g, request

from simulator import auth, fields
from simulator.apps import App
from simulator.billing import credits_depleted, spend_cap_reached, usage_cap_exceeded
from simulator.connection import StreamConnection
from simulator.posts import SimulatedPost
from simulator.problems import connection_refused, invalid_request, problem
from simulator.wire import gzipped

blueprint = Blueprint("stream", __name__)
PATH = "/2/tweets/search/stream"
_REFUSALS = {
    "credits_depleted": credits_depleted,
    "spend_cap": spend_cap_reached,
    "usage_cap": usage_cap_exceeded,
}


def check_budget(app: App) -> None:
    """Refuse reads that the app's account does not allow, for real or by a fault."""
    fault = auth.simulator_state().faults.find(*_REFUSALS)
    refusal = _REFUSALS[fault.kind]() if fault else app.meter.refusal(time.time())
    if refusal is not None:
        raise refusal


@blueprint.get(PATH)
def connect() -> Response:
    """Open a stream, in the order in which X finds fault with a request."""
    if request.method == "HEAD":
        abort(405)
    state = auth.simulator_state()
    app = auth.app_only("connect")
    check_budget(app)
    selection = fields.parse(request.args)
    replay = _replay(app)
    if not len(app.rules):
        detail = "Please add at least one rule before connecting to the stream."
        raise connection_refused(409, "RuleConfigurationIssue", detail)
    if not app.slots.free() and state.settings.second_connection == "replace":
        app.slots.end_all("replaced by a new connection")
    if not app.slots.free():
        detail = "This stream is currently at the maximum allowed connection limit."
        raise connection_refused(429, "TooManyConnections", detail)
    connection = StreamConnection(
        app,
        selection,
        request.environ["simulator.socket"],
        state.settings,
        state.ledger,
        state.faults,
        request.remote_addr or "",
    )
    app.slots.take(connection)
    if replay is not None:
        match = app.rules.active.match
        connection.backlog = ((post, rules) for post in replay if (rules := match(post)))
        connection.finite = "backfill_minutes" not in request.args
    state.on_connect(connection)
    request.environ["simulator.flush_headers"] = True
    zipped = state.settings.gzip and "gzip" in request.headers.get("Accept-Encoding", "")
    body = Response(_Body(connection, zipped), mimetype="application/json")
    body.headers |= g.rate_headers
    if zipped:
        body.headers["Content-Encoding"] = "gzip"
    return body


class _Body:
    """The body of one stream; gives the slot back when the client is gone, read or not."""

    def __init__(self, connection: StreamConnection, zipped: bool) -> None:
        self._connection = connection
        self._state = auth.simulator_state()
        chunks = connection.chunks()
        self._chunks = gzipped(chunks) if zipped else chunks

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Called by the server at the end, whatever the end was."""
        self._connection.gone()
        self._state.release(self._connection)


@blueprint.get("/2/tweets/sample/stream")
@blueprint.get("/2/tweets/sample10/stream")
@blueprint.get("/2/tweets/compliance/stream")
@blueprint.get("/2/users/compliance/stream")
def not_enrolled() -> Response:
    """Refuse the streams that only Enterprise accounts have."""
    auth.app_only("connect")
    raise problem(
        403,
        "Client Forbidden",
        "This endpoint is not part of your level of access.",
        "client-forbidden",
        reason="client-not-enrolled",
        required_enrollment="Enterprise",
    )


def _replay(app: App) -> list[SimulatedPost] | None:
    """Return the older posts that an Enterprise client may ask for, or None when none are asked.

    Raises the 400 problem for bad values and, without the setting `enterprise`, for any value.
    """
    asked = [n for n in ("backfill_minutes", "start_time", "end_time") if n in request.args]
    if not asked:
        return None
    if not auth.simulator_state().settings.enterprise:
        name = asked[0]
        message = f"The `{name}` query parameter is not available at this access level"
        raise invalid_request(name, request.args[name], message)
    posts = auth.simulator_state().corpus.oldest_first()
    if "backfill_minutes" in asked:
        minutes = request.args["backfill_minutes"]
        if minutes not in ("0", "1", "2", "3", "4", "5"):
            message = "The `backfill_minutes` query parameter must be from 0 to 5"
            raise invalid_request("backfill_minutes", minutes, message)
        oldest = time.time() - 60 * int(minutes)
        return [post for post in posts if _made(post) >= oldest]
    start = _time("start_time") or 0.0
    end = _time("end_time") or time.time()
    if start >= end or start < time.time() - 86_400:
        message = "The `start_time` must be before `end_time` and within the last 24 hours"
        raise invalid_request("start_time", request.args.get("start_time", ""), message)
    return [post for post in posts if start <= _made(post) < end]


def _made(post: SimulatedPost) -> float:
    return datetime.fromisoformat(post.data["created_at"]).timestamp()


def _time(name: str) -> float | None:
    value = request.args.get(name)
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        raise invalid_request(name, value, f"The `{name}` is not YYYY-MM-DDTHH:mm:ssZ") from None


def refuse_on_order() -> Any:
    """Answer any request with an HTTP error while that fault is in force for its path."""
    faults = auth.simulator_state().faults
    fault = faults.find("http_503")
    if fault and fault.order.path in (request.path, "*"):
        faults.spend(fault)
        detail = "Service Unavailable" if fault.order.status == 503 else "Refused on order"
        raise problem(fault.order.status, detail, detail)
    return None
