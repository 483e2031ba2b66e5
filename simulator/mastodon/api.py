"""The endpoints of an instance: what it says of itself, timelines, streaming by server events."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from simulator.mastodon.channels import Channel, channel_of
from simulator.mastodon.connection import EventConnection
from simulator.mastodon.state import HOST, MastodonState
from simulator.problems import Problem

blueprint = Blueprint("mastodon", __name__)
VERSION = "4.5.0"


def state() -> MastodonState:
    """Return the double behind the current request."""
    here: MastodonState = current_app.extensions["simulator"]
    return here


def token_of(headers: Any, query: Any) -> str:
    """Return the token of a request: a header, or part of its address."""
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else str(query.get("access_token", ""))


def refused(status: int, message: str) -> Problem:
    """Make an error in Mastodon's shape."""
    return Problem(status, {"error": message})


def refuse_on_order() -> None:
    """Answer what a fault orders, where it names this path."""
    fault = state().faults.find("http_503")
    wanted = fault.order.path if fault else ""
    if fault and request.path.startswith("/api/") and (wanted in request.path or "/2/" in wanted):
        state().faults.spend(fault)
        raise refused(fault.order.status, fault.order.line or "The service refuses on order")


@blueprint.before_request
def count() -> None:
    """Count a request that is not for the streaming server, which has a limit of its own."""
    refuse_on_order()
    if request.path.startswith("/api/v1/streaming"):
        return
    within, g.rate_headers = state().count_request()
    if not within:
        raise refused(429, "Too many requests")


@blueprint.get("/api/v2/instance")
def instance() -> Any:
    """Return what programs need to know: version, and where the streaming server is."""
    return {
        "domain": HOST,
        "title": "A local double of Mastodon",
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "configuration": {
            "urls": {"streaming": f"ws://{request.host}", "status": None},
            "accounts": {"max_featured_tags": 10},
            "statuses": {"max_characters": 500},
        },
        "api_versions": {"mastodon": 7},
    }


@blueprint.get("/api/v1/instance")
def instance_v1() -> Any:
    """Return the older form of the same."""
    return {
        "uri": HOST,
        "title": "A local double of Mastodon",
        "version": VERSION,
        "urls": {"streaming_api": f"ws://{request.host}"},
    }


@blueprint.get("/api/v1/accounts/verify_credentials")
def verify_credentials() -> Any:
    """Return whose token it is."""
    _authorize()
    return {"id": "1", "username": "weir", "acct": "weir", "display_name": "Weir", "bot": True}


@blueprint.get("/api/v1/timelines/public")
def public_timeline() -> Any:
    """Return a page of the public timeline."""
    scope = ":local" if _is("local") else ":remote" if _is("remote") else ""
    return _page(Channel(f"public{scope}{':media' if _is('only_media') else ''}"))


@blueprint.get("/api/v1/timelines/tag/<tag>")
def tag_timeline(tag: str) -> Any:
    """Return a page of the timeline of a hashtag."""
    return _page(Channel("hashtag:local" if _is("local") else "hashtag", tag.lower()))


@blueprint.get("/api/v1/streaming/health")
def health() -> Response:
    """Return that the streaming server works."""
    return Response("OK", mimetype="text/plain")


@blueprint.get("/api/v1/streaming/<path:path>")
def server_events(path: str) -> Response:
    """Stream a channel as server-sent events."""
    _authorize()
    media = ":media" if _is("only_media") and path.startswith("public") else ""
    channel = channel_of(path.replace("/", ":") + media, request.args.get("tag"))
    if channel is None:
        raise refused(400, "Unknown channel requested")
    connection = EventConnection("sse", state().settings, state().ledger)
    connection.channels.add(channel)
    request.environ["simulator.flush_headers"] = True
    return Response(
        _events(connection, state()),
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


def _events(connection: EventConnection, here: MastodonState) -> Iterator[bytes]:
    here.connect(connection)
    try:
        yield b":)\n"
        while not connection.ended:
            connection.wake.clear()
            yield from connection.taken()
            waited = connection.ended or connection.wake.wait(here.settings.heartbeat)
            if not waited and not connection.silent:
                yield b":thump\n"
        yield from connection.taken()
    finally:
        here.disconnect(connection)


def _page(channel: Channel) -> Any:
    _authorize()
    most = min(_number("limit") or 20, state().settings.page)
    page = state().timeline(
        channel, _number("since_id"), _number("min_id"), _number("max_id"), most
    )
    if not page:
        return page
    newest, oldest = page[0]["id"], page[-1]["id"]
    links = (
        f'<{request.base_url}?max_id={oldest}>; rel="next", '
        f'<{request.base_url}?min_id={newest}>; rel="prev"'
    )
    return page, 200, {"Link": links}


def _authorize() -> None:
    if not state().admits(token_of(request.headers, request.args)):
        raise refused(401, "The access token is invalid")


def _is(name: str) -> bool:
    return request.args.get(name, "").lower() in ("1", "true", "t", "on")


def _number(name: str) -> int | None:
    value = request.args.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 25):
        raise refused(400, f"{name} is not a number")
    return int(value)
