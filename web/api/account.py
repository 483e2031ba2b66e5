"""/sign-in, /join, /me, /sessions and /sign-out: the caller's account and how to get to it."""

from secrets import token_urlsafe
from typing import Annotated

import msgspec
from flask import Response, request
from msgspec import Meta

from streams.role import Role, Scope
from streams.store.accounts import Account
from web.api.page import Page, PageQuery, cut
from web.api.route import ApiCall, ApiRoute
from web.auth import sessions
from web.context import context
from web.errors import ApiError
from web.limits import SIGN_INS
from web.pages import remember_sign_in

Password = Annotated[str, Meta(max_length=1000)]
Name = Annotated[str, Meta(min_length=1, max_length=50)]
LinkToken = Annotated[str, Meta(min_length=1, max_length=sessions.MAX_TOKEN)]


class Me(msgspec.Struct):
    """Who the caller is; `scope` is the widest that both role and token have."""

    id: int
    handle: str
    name: str
    avatar: str | None
    platform: str
    role: Role
    scope: Scope


class SignInStarted(msgspec.Struct):
    """Where to send the browser."""

    auth_url: str


class SignInWays(msgspec.Struct):
    """How people sign in: with X (`simulated`: under any name), or with a password."""

    x: bool
    simulated: bool
    invited_only: bool


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """Name and password of a local account."""

    name: Name
    password: Password


class Joining(msgspec.Struct, forbid_unknown_fields=True):
    """The token of a link, and the name and password to create an account with."""

    token: LinkToken
    name: Name
    password: Password


class JoinLink(msgspec.Struct, forbid_unknown_fields=True):
    """The token of a link."""

    token: LinkToken


class JoinLinkAnswer(msgspec.Struct):
    """What an account made by a link may do, and the domain that its name ends in, if any."""

    role: Role
    domain: str | None


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """The present password and the new one."""

    old: Password
    new: Password


class SessionSummary(msgspec.Struct):
    """A signed-in browser (`kind` is `session`) or the older dashboard client (`old`)."""

    id: str
    kind: str
    name: str
    created_at: int
    last_used_at: int | None
    expires_at: int | None
    current: bool


def ways(_call: ApiCall) -> SignInWays:
    """Return how people sign in here."""
    settings = context().settings
    signs_in = settings.x_signs_in
    return SignInWays(signs_in, signs_in and settings.has_simulator, settings.sign_in != "open")


def sign_in(_call: ApiCall) -> Response:
    """Begin a sign-in that only this browser can finish."""
    browser = token_urlsafe(24)
    started = SignInStarted(context().sign_in.begin(browser))
    response = Response(msgspec.json.encode(started), mimetype="application/json")
    remember_sign_in(response, browser, started.auth_url)
    return response


def sign_in_with_password(call: ApiCall) -> Response:
    """Begin a session of a local account."""
    body: Credentials = call.body
    account = context().passwords.sign_in(body.name, body.password, request.remote_addr or "")
    return _signed_in(account)


def look_at_link(call: ApiCall) -> JoinLinkAnswer:
    """Return what a link gives."""
    offer = context().passwords.offer_of_link(call.body.token)
    return JoinLinkAnswer(offer.role, offer.domain)


def join(call: ApiCall) -> Response:
    """Create the account of a link, and begin its session."""
    body: Joining = call.body
    return _signed_in(context().passwords.join(body.token, body.name, body.password))


def me(call: ApiCall) -> Me:
    """Return the caller's account."""
    return _me(call.account, call.identity.widest)


def change_password(call: ApiCall) -> None:
    """Change the password; other sessions end, and their sockets within seconds."""
    body: NewPassword = call.body
    keep, address = call.identity.token_hash, request.remote_addr or ""
    context().passwords.change(call.account, body.old, body.new, keep, address)


def list_sessions(call: ApiCall) -> Page[SessionSummary]:
    """List the browsers that are signed in."""
    mine = call.identity.token_hash
    found = [
        SessionSummary(
            each.id,
            kind,
            each.name or "Older dashboard",
            each.created_at,
            each.last_used_at,
            each.expires_at,
            mine.startswith(each.id),
        )
        for kind in ("session", "old")
        for each in context().store.tokens.of_account(call.account.id, kind)
    ]
    return cut(found, call.query.limit, call.query.offset)


def end_session(call: ApiCall) -> None:
    """End a session and disconnect its sockets."""
    session_id = call.path["session_id"].replace("\0", "?")
    for kind in ("session", "old"):
        gone = context().store.tokens.revoke_by_id(call.account.id, kind, session_id)
        if gone is not None:
            context().viewers.release(gone)
            return
    raise ApiError(404, "no_such_session", "you have no such session")


def sign_out(_call: ApiCall) -> Response:
    """End the session."""
    response = Response(status=204)
    sessions.end(response)
    return response


def _signed_in(account: Account) -> Response:
    answer = _me(account, "admin")
    response = Response(msgspec.json.encode(answer), mimetype="application/json")
    sessions.begin(response, account)
    return response


def _me(account: Account, scope: Scope) -> Me:
    return Me(
        account.id,
        account.handle,
        account.name,
        account.avatar,
        account.platform,
        account.role,
        scope,
    )


routes = (
    ApiRoute("GET", "/sign-in", "Show how people sign in", ways, SignInWays, open=True),
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
    ApiRoute(
        "POST",
        "/sign-in/password",
        "Begin a session of a local account",
        sign_in_with_password,
        Me,
        body=Credentials,
        open=True,
        limit=SIGN_INS,
        refuses=(401,),
    ),
    ApiRoute(
        "POST",
        "/join/link",
        "Show what the account is that a link creates",
        look_at_link,
        JoinLinkAnswer,
        body=JoinLink,
        open=True,
        limit=SIGN_INS,
        refuses=(404,),
    ),
    ApiRoute(
        "POST",
        "/join",
        "Create a local account with an invitation's link, and begin its session",
        join,
        Me,
        body=Joining,
        open=True,
        limit=SIGN_INS,
        refuses=(404, 409),
    ),
    ApiRoute("GET", "/me", "Show who is signed in", me, Me),
    ApiRoute(
        "POST",
        "/me/password",
        "Change the password of a local account; its other sessions end",
        change_password,
        None,
        status=204,
        body=NewPassword,
        refuses=(409,),
        own=True,
    ),
    ApiRoute(
        "GET",
        "/sessions",
        "List the browsers that are signed in",
        list_sessions,
        Page[SessionSummary],
        query=PageQuery,
    ),
    ApiRoute(
        "DELETE",
        "/sessions/<session_id>",
        "End a session",
        end_session,
        None,
        status=204,
        own=True,
    ),
    ApiRoute(
        "POST",
        "/sign-out",
        "End the session of this browser",
        sign_out,
        None,
        status=204,
        scope="read",
    ),
)
