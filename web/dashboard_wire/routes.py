"""The wire of the old dashboard client: four calls, answered in its own way.

That client takes any JSON for a success and any HTTP answer for a start, so failures are plain text
with a proper status, and nothing is started that was not asked for in full.
"""

from typing import TypeVar

import msgspec
from flask import Blueprint, Response, request

from streams.filter import Filter
from web.auth import sessions
from web.context import context
from web.errors import ApiError, translate_errors
from web.limits import SIGN_INS, STARTS

dashboard_wire = Blueprint("old_wire", __name__)

Asked = TypeVar("Asked", bound=msgspec.Struct)


class Verifier(msgspec.Struct):
    """What X gave the browser."""

    oauth_token: str | None = None
    oauth_verifier: str | None = None


class DashboardUser(msgspec.Struct):
    """The pair of texts that the client keeps in cookies."""

    twitter_account: str | None = None
    twitter_token: str | None = None


class StartRequest(DashboardUser):
    """What to look for; the client's maxResults is for its own drawing."""

    word: str | None = msgspec.field(name="filterWord", default=None)
    location: str | None = None


@dashboard_wire.post("/login")
def login() -> Response:
    """Begin a sign-in. Whatever the body says is left over from before a log-out."""
    context().limits.take(SIGN_INS, request.remote_addr)
    return _json({"auth_url": context().sign_in.begin(browser=None)})


@dashboard_wire.post("/token")
def token() -> Response:
    """Finish a sign-in and hand out a token of ours."""
    asked = _read(Verifier)
    if not asked.oauth_token or not asked.oauth_verifier:
        raise ApiError(401, "sign_in_denied", "X did not confirm the sign-in")
    account = context().sign_in.finish(asked.oauth_token, asked.oauth_verifier, browser=None)
    lives_ms = context().settings.session_days * 86_400_000
    issued = context().store.tokens.issue(account.id, "old", context().now(), lives_ms)
    return _json({"twitter_account": account.handle, "twitter_token": issued})


@dashboard_wire.post("/startStream")
def start_stream() -> Response:
    """Start the person's one stream, in place of what it was before."""
    asked = _read(StartRequest)
    account_id = _person(asked)
    context().limits.take(STARTS, account_id)
    with translate_errors():
        location = (asked.location or "").strip()
        place = context().places.find(location) if location else None
        wanted = Filter(word=asked.word or "", place=place).checked()
        stream = context().control.start_legacy(account_id, wanted)
    return _json({"stream": stream.id, "state": "starting"})


@dashboard_wire.post("/stopStream")
def stop_stream() -> Response:
    """Stop it, if it runs."""
    account_id = _person(_read(DashboardUser))
    with translate_errors():
        stream = context().control.stop_legacy(account_id)
    return _json({"stream": stream.id if stream else None, "state": "stopped"})


def _person(asked: DashboardUser) -> int:
    who = sessions.of_legacy(asked.twitter_account or "", asked.twitter_token or "")
    if who is None:
        raise ApiError(401, "unauthorized", "sign in again: this token is not valid")
    return who.account.id


def _read(kind: type[Asked]) -> Asked:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ApiError(400, "bad_json", f"the body cannot be read: {error}") from None


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), mimetype="application/json")
