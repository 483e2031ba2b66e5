"""The control API: posts, pace, faults, settings and the ledger, for tests and operators."""

import hmac
import ipaddress
import itertools
import re
import time
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import gevent
import msgspec
from flask import Blueprint, Response, request

from simulator.auth import simulator_state
from simulator.compliance import REASONS
from simulator.faults import FaultOrder
from simulator.ledger import DeliveryLedger
from simulator.posts import SimulatedPost, from_payload, iso
from simulator.problems import Problem
from simulator.turns import in_turns

Object = dict[str, Any]
T = TypeVar("T")
blueprint = Blueprint("control", __name__, url_prefix="/_control")
POST_ID = re.compile(r"0|[1-9][0-9]{0,18}")


class PostingRate(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/rate."""

    posts_per_second: float


class PreparedPosts(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/prepare; each post ends in one of the words, in turn."""

    posts: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    words: Annotated[list[str], msgspec.Meta(max_length=10_000)] = []


class RemovedPosts(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/compliance: ids and why they are gone."""

    tweets: dict[str, str] = {}
    users: dict[str, str] = {}


def bad(message: str, status: int = 400, code: str = "bad_request") -> Problem:
    """Make an error in the control API's shape."""
    return Problem(status, {"error": {"code": code, "message": message}})


@blueprint.before_request
def guard() -> None:
    """Admit operators only."""
    admit_operator(simulator_state().control_token)


def admit_operator(token: str | None) -> None:
    """Admit this machine only, or with a control token its holders from anywhere.

    A page in a browser on this machine is no operator: other origins and host names that a
    hostile name server could point here are turned away. Raises Problem.
    """
    if token is not None:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), token.encode()):
            raise bad("a control token is needed", 401, "unauthorized")
        return
    if not _is_loopback(request.remote_addr or ""):
        raise bad("only this machine may control the simulator", 403, "forbidden")
    if not _is_loopback(urlsplit(request.host_url).hostname or ""):
        raise bad("only this machine may control the simulator", 403, "forbidden")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise bad("other web pages may not control the simulator", 403, "forbidden")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _body(kind: type[T]) -> T:
    """Decode the request's body. Raises a 400 that says what is wrong with it."""
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except msgspec.DecodeError as error:
        raise bad(str(error)) from None


@blueprint.get("/")
def overview() -> Any:
    """Return the state at a glance."""
    here = simulator_state()
    return {
        "posts_per_second": here.generator.rate,
        "written": here.generator.written,
        "shed": int(here.generator.shed),
        "ready": len(here.generator.ready),
        "corpus": len(here.corpus),
        "ledger": len(here.ledger),
        "apps": [
            {
                "consumer_key": app.consumer_key,
                "rules": len(app.rules),
                "connections": [c.shown() for c in app.slots.open.values()],
                "posts_billed": app.meter.posts_by_day.total(),
                "cost": app.meter.cost(),
            }
            for app in here.apps
        ],
        "faults": [fault.shown() for fault in here.faults.in_force()],
    }


@blueprint.post("/posts")
def posts() -> Any:
    """Deliver v2 payloads now, one a line; missing ids and times are filled in."""
    lines = [line for line in request.get_data().split(b"\n") if line.strip()]
    batch = [_post(number, line) for number, line in enumerate(lines, 1)]
    matched = delivered = 0
    for post in in_turns(batch):
        rules, sent = simulator_state().publish(post)
        matched += rules > 0
        delivered += sent
    ids = [post.id for post in batch]
    return {"posts": len(batch), "matched": matched, "delivered": delivered, "ids": ids}


def _post(number: int, line: bytes) -> SimulatedPost:
    try:
        payload = msgspec.json.decode(line, type=dict[str, Any])
        data = {"id": next(simulator_state().ids), "text": "", **payload["data"]}
        post_id = data["id"]
        if not isinstance(post_id, str) or not POST_ID.fullmatch(post_id):
            raise ValueError(f"data.id must be a string of up to 19 digits, not {post_id!r:.50}")
        data.setdefault("edit_history_tweet_ids", [post_id])
        data.setdefault("created_at", iso(time.time()))
        post = from_payload(payload | {"data": data})
        if not isinstance(post.text(), str):
            raise TypeError("data.text must be a string")
        simulator_state().validate(post)
        return post
    except (ValueError, KeyError, TypeError, AttributeError, LookupError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise bad(f"line {number} is not a v2 payload ({reason}); nothing was delivered") from None


@blueprint.get("/rate")
def rate() -> Any:
    """Return the generator's pace."""
    return {"posts_per_second": simulator_state().generator.rate}


@blueprint.post("/rate")
def set_rate() -> Any:
    """Set the generator's pace; 0 is silence."""
    wanted = _body(PostingRate).posts_per_second
    if not 0 <= wanted <= 1_000_000:
        raise bad("posts_per_second must be between 0 and 1000000")
    simulator_state().generator.rate = wanted
    return rate()


@blueprint.post("/prepare")
def prepare() -> Any:
    """Write and encode posts ahead, so that a high pace costs little when they go out."""
    order = _body(PreparedPosts)
    simulator_state().prepare(order.posts, order.words)
    return {"ready": len(simulator_state().generator.ready)}


@blueprint.get("/faults")
def faults() -> Any:
    """List the faults in force."""
    return {"faults": [fault.shown() for fault in simulator_state().faults.in_force()]}


@blueprint.post("/faults")
def arm() -> Any:
    """Put a fault in force."""
    try:
        return simulator_state().arm(_body(FaultOrder)).shown(), 201
    except ValueError as error:
        raise bad(str(error)) from None


@blueprint.delete("/faults")
def clear_faults() -> Any:
    """End all faults."""
    simulator_state().clear_faults()
    return faults()


@blueprint.delete("/faults/<int:number>")
def clear_fault(number: int) -> Any:
    """End one fault."""
    if not simulator_state().faults.end(number):
        raise bad(f"there is no fault {number}", 404, "not_found")
    return faults()


@blueprint.get("/ledger")
def ledger() -> Any:
    """Return a page of deliveries: `since`, `limit`, `connection`, `rule`; `format=ids` for ids."""
    book: DeliveryLedger = simulator_state().ledger
    connection = _whole("connection", None, 2**32)
    rule = request.args.get("rule")
    if request.args.get("format") == "ids":
        return Response(_lines(book.ids(connection, rule)), mimetype="text/plain")
    since, limit = _whole("since", 0, 2**62) or 0, _whole("limit", 10_000, 20_000) or 0
    page = book.page(since, limit, connection, rule)
    return page | {"connections": _connections()}


def _lines(ids: Iterator[str]) -> Iterator[str]:
    """Yield ids, one a line, in pieces; lets the streams run between them."""
    while piece := "".join(f"{post_id}\n" for post_id in itertools.islice(ids, 5_000)):
        yield piece
        gevent.sleep(0)


def _connections() -> list[Object]:
    counts = simulator_state().ledger.by_rule()
    return [
        connection.shown() | {"rules": counts.get(connection.number, {})}
        for app in simulator_state().apps
        for connection in (*app.slots.past, *app.slots.open.values())
    ]


def _whole(name: str, default: int | None, most: int) -> int | None:
    value = request.args.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= most):
        raise bad(f"{name} must be a whole number up to {most}")
    return int(value)


@blueprint.delete("/ledger")
def reset_ledger() -> Any:
    """Forget all deliveries."""
    simulator_state().ledger.reset()
    return {"total": 0}


@blueprint.get("/rules")
def rules() -> Any:
    """Return the rules of all apps."""
    return {
        "apps": {
            app.consumer_key: [r.shown() for r in app.rules.all()] for app in simulator_state().apps
        }
    }


@blueprint.get("/settings")
def settings() -> Any:
    """Return all settings."""
    return msgspec.to_builtins(simulator_state().settings)


@blueprint.post("/settings")
def change_settings() -> Any:
    """Change some settings."""
    try:
        simulator_state().settings.change(_body(dict[str, Any]))
    except msgspec.ValidationError as error:
        raise bad(str(error)) from None
    return settings()


@blueprint.post("/compliance")
def mark_gone() -> Any:
    """Declare posts and users gone: out of search, and in the answers of compliance jobs."""
    gone, here = _body(RemovedPosts), simulator_state()
    for kind, marks in (("tweets", gone.tweets), ("users", gone.users)):
        for object_id, reason in marks.items():
            if reason not in REASONS:
                raise bad(f"reason '{reason[:50]}' is not one of {sorted(REASONS)}")
            chain = [object_id] if kind == "users" else here.corpus.edits_of(object_id)
            for each in chain:  # X deletes all versions of a post at once
                here.compliance.mark(kind, each, reason)
                here.corpus.remove(each)
    return {"tweets": len(gone.tweets), "users": len(gone.users)}


@blueprint.post("/reset")
def reset() -> Any:
    """Start afresh: no rules, faults, posts, reads or counts; open streams are ended."""
    simulator_state().reset()
    return {"reset": True}
