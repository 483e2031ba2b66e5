"""The account: sign in, who am I, sign out."""

from secrets import token_urlsafe

import msgspec
from flask import Response

from web import sessions
from web.api.route import Call, Route
from web.limits import SIGN_INS
from web.pages import BROWSER, BROWSER_SECONDS
from web.parts import parts


class Me(msgspec.Struct):
    """Who the caller is."""

    id: int
    handle: str
    name: str
    avatar: str | None


class SignInStarted(msgspec.Struct):
    """Where the browser goes on."""

    auth_url: str


def sign_in(_call: Call) -> Response:
    """Begin a sign-in that only this browser can finish."""
    browser = token_urlsafe(24)
    started = SignInStarted(parts().sign_in.begin(browser))
    response = Response(msgspec.json.encode(started), mimetype="application/json")
    sessions.set_cookie(response, BROWSER, browser, BROWSER_SECONDS)
    return response


def me(call: Call) -> Me:
    """Say who calls."""
    account = call.account
    return Me(account.id, account.handle, account.name, account.avatar)


def sign_out(_call: Call) -> Response:
    """Revoke the session."""
    response = Response(status=204)
    sessions.end(response)
    return response


routes = (
    Route(
        "POST",
        "/sign-in",
        "Begin to sign in with X: send the browser to the address in the answer",
        sign_in,
        SignInStarted,
        open=True,
        limit=SIGN_INS,
        refuses=(502, 503),
    ),
    Route("GET", "/me", "Tell who is signed in", me, Me),
    Route("POST", "/sign-out", "End the session of this browser", sign_out, None, status=204),
)
