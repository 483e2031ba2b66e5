"""Sessions: who sent a request, by session, API token, or the existing dashboard's cookies."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from flask import request
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response as Sent

from streams.role import ROLE_SCOPES, Scope, includes, narrower
from streams.secret import fingerprint
from streams.store.accounts import Account
from streams.store.tokens import Kind
from web.context import context
from web.errors import ApiError
from web.limits import UNKNOWN_TOKENS

COOKIE = "weir_session"
LEGACY_ACCOUNT, LEGACY_TOKEN = "twitter_account", "twitter_token"
NO_ONE = frozenset(("", "undefined", "null"))
MAX_TOKEN = 200


class Identity(msgspec.Struct, frozen=True):
    """An account, and the token that proved it."""

    account: Account
    kind: Kind
    token_hash: str
    scope: Scope
    """What the token passes on of what the account may do."""

    def require(self, needed: Scope, *, own: bool = False) -> None:
        """Refuse with 403 what the token or the account's role does not allow.

        With `own`, it concerns the caller's own account, which every role may look after.
        """
        role = self.account.role
        if not includes(self.scope, needed):
            text = f"this token has the scope {self.scope}, and this needs {needed}"
            raise ApiError(403, "scope_too_narrow", text)
        if not own and not includes(ROLE_SCOPES[role], needed):
            who = "an administrator" if needed == "admin" else "an editor"
            text = f"your role is {role}, and this needs {who}: an administrator can change it"
            raise ApiError(403, "role_too_low", text)

    @property
    def widest(self) -> Scope:
        """The widest scope that both the token and the role have."""
        return narrower(self.scope, ROLE_SCOPES[self.account.role])


def required() -> Identity:
    """Return who sent the request, or refuse with 401."""
    who = of_environ(request.environ)
    if who is None:
        raise ApiError(401, "unauthorized", "sign in, or send a valid API token")
    return who


def of_environ(environ: Mapping[str, Any]) -> Identity | None:
    """Return who sent a request; an Authorization header overrides the cookies."""
    header = environ.get("HTTP_AUTHORIZATION")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return of_token(token.strip(), "api") if scheme.lower() == "bearer" else None
    return of_token(parse_cookie(environ.get("HTTP_COOKIE")).get(COOKIE, ""), "session")


def of_token(token: str, kind: Kind) -> Identity | None:
    """Return the owner of a token; 429 when its address has tried too many invalid ones."""
    if token in NO_ONE or len(token) > MAX_TOKEN:
        return None
    found = context().store.tokens.holder(token, kind, context().now())
    if found is None:
        context().limits.take_shared(UNKNOWN_TOKENS, "unknown-token", request.remote_addr or "")
        return None
    hashed = fingerprint(token)
    context().last_used.note(found.account.id, hashed)
    return Identity(found.account, kind, hashed, found.scope)


def of_legacy(handle: str, token: str) -> Identity | None:
    """Return the existing dashboard's user, if account name and token belong together."""
    who = of_token(token, "old") if handle not in NO_ONE else None
    return who if who and who.account.handle.casefold() == handle.casefold() else None


def of_legacy_cookies(environ: Mapping[str, Any]) -> Identity | None:
    """Return the existing dashboard's user by its cookies, which arrive percent-encoded."""
    cookies = parse_cookie(environ.get("HTTP_COOKIE"))
    return of_legacy(
        unquote(cookies.get(LEGACY_ACCOUNT, "")), unquote(cookies.get(LEGACY_TOKEN, ""))
    )


def begin(response: Sent, account: Account) -> None:
    """Start a session in the browser."""
    lives_ms = context().settings.session_days * 86_400_000
    browser = browser_name(request.headers.get("User-Agent", ""))
    token = context().store.tokens.issue(account.id, "session", context().now(), lives_ms, browser)
    set_cookie(response, COOKIE, token, lives_ms // 1000)


def end(response: Sent) -> None:
    """Revoke the browser's session and disconnect its sockets."""
    token = request.cookies.get(COOKIE, "")
    if token:
        context().store.tokens.revoke(token)
        context().viewers.release(fingerprint(token))
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")


def browser_name(user_agent: str) -> str:
    """Return how a session is named on the page: browser and system, as far as they are said."""
    browsers = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
    browser = next((each for each in browsers if f"{each}/" in user_agent), "")
    system = next((each for each in systems if each in user_agent), "")
    shown = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}
    names = [shown.get(each, each) for each in (browser, system) if each]
    return " on ".join(names) or "Program"


def set_cookie(response: Sent, name: str, value: str, seconds: int) -> None:
    """Set a cookie that no script can read and no other site can send."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
