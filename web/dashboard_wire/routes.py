"""The four calls of the existing dashboard client.

That client takes any JSON for success and shows any answer to a start as started, so failures are
plain text with a proper status, and an incomplete request starts nothing.
"""

from typing import TypeVar

import msgspec
from flask import Blueprint, Response, request

from streams.filter import Filter
from streams.x_rules import rules_for
from web.auth import sessions
from web.context import context
from web.errors import ApiError, translate_errors
from web.limits import SIGN_INS, STARTS, deadline

dashboard_wire = Blueprint("dashboard_wire", __name__)

Body = TypeVar("Body", bound=msgspec.Struct)


class Verifier(msgspec.Struct):
    """What X sent back with the browser."""

    oauth_token: str | None = None
    oauth_verifier: str | None = None


class DashboardUser(msgspec.Struct):
    """The account name and token that the client keeps in cookies."""

    twitter_account: str | None = None
    twitter_token: str | None = None


class StartRequest(DashboardUser):
    """What to look for; `maxResults` only concerns the client's own drawing and is ignored."""

    word: str | None = msgspec.field(name="filterWord", default=None)
    location: str | None = None


@dashboard_wire.post("/login")
def login() -> Response:
    """Begin a sign-in; the body is ignored: after a log-out the client sends an outdated one."""
    context().limits.take_shared(SIGN_INS, "sign-in", request.remote_addr or "")
    return _json({"auth_url": context().sign_in.begin(browser=None)})


@dashboard_wire.post("/token")
def token() -> Response:
    """Finish a sign-in and issue a token."""
    context().limits.take_shared(SIGN_INS, "sign-in", request.remote_addr or "")
    body = _read(Verifier)
    if not body.oauth_token or not body.oauth_verifier:
        raise ApiError(401, "sign_in_denied", "X did not confirm the sign-in")
    account = context().sign_in.finish(body.oauth_token, body.oauth_verifier, browser=None)
    lives_ms = context().settings.session_days * 86_400_000
    issued = context().store.tokens.issue(account.id, "old", context().now(), lives_ms)
    return _json({"twitter_account": account.handle, "twitter_token": issued})


@dashboard_wire.post("/startStream")
def start_stream() -> Response:
    """Start the user's one stream, with a new filter."""
    body = _read(StartRequest)
    with deadline():
        account_id = _account_id(body)
    context().limits.take(STARTS, account_id)
    with translate_errors():
        location = (body.location or "").strip()
        place = context().places.find(location) if location else None
        wanted = Filter(word=body.word or "", place=place).checked()
        rules_for(wanted)  # refuses here what could only fail at X
        with deadline():
            stream = context().control.start_legacy(account_id, wanted)
    return _json({"stream": stream.id, "state": "starting"})


@dashboard_wire.post("/stopStream")
def stop_stream() -> Response:
    """Stop the user's stream, if there is one."""
    body = _read(DashboardUser)
    with deadline(), translate_errors():
        account_id = _account_id(body)
        stream = context().control.stop_legacy(account_id)
    return _json({"stream": stream.id if stream else None, "state": "stopped"})


def _account_id(body: DashboardUser) -> int:
    who = sessions.of_legacy(body.twitter_account or "", body.twitter_token or "")
    if who is None:
        raise ApiError(401, "unauthorized", "this token is not valid: sign in again")
    who.require("write")
    return who.account.id


def _read(kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ApiError(400, "bad_json", f"the body is not valid: {error}") from None


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), mimetype="application/json")
