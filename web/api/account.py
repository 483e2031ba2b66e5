"""/sign-in, /me and /sign-out: the caller's account."""

from secrets import token_urlsafe

import msgspec
from flask import Response

from web.api.route import ApiCall, ApiRoute
from web.auth import sessions
from web.context import context
from web.limits import SIGN_INS
from web.pages import remember_sign_in


class Me(msgspec.Struct):
    """Who the caller is."""

    id: int
    handle: str
    name: str
    avatar: str | None


class SignInStarted(msgspec.Struct):
    """Where to send the browser."""

    auth_url: str


def sign_in(_call: ApiCall) -> Response:
    """Begin a sign-in that only this browser can finish."""
    browser = token_urlsafe(24)
    started = SignInStarted(context().sign_in.begin(browser))
    response = Response(msgspec.json.encode(started), mimetype="application/json")
    remember_sign_in(response, browser, started.auth_url)
    return response


def me(call: ApiCall) -> Me:
    """Return the caller's account."""
    account = call.account
    return Me(account.id, account.handle, account.name, account.avatar)


def sign_out(_call: ApiCall) -> Response:
    """End the session."""
    response = Response(status=204)
    sessions.end(response)
    return response


routes = (
    ApiRoute(
        "POST",
        "/sign-in",
        "Begin a sign-in with X; send the browser to the returned address",
        sign_in,
        SignInStarted,
        open=True,
        limit=SIGN_INS,
        refuses=(502, 503),
    ),
    ApiRoute("GET", "/me", "Show who is signed in", me, Me),
    ApiRoute("POST", "/sign-out", "End the session of this browser", sign_out, None, status=204),
)
