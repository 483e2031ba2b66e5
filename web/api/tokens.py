"""/tokens: API tokens, for programs that act for an account."""

from typing import Annotated

import msgspec

from streams.role import Scope, includes, narrower
from streams.safe_text import is_safe_name
from streams.store.tokens import TokenSummary
from web.api.page import Page, PageQuery, cut
from web.api.route import ApiCall, ApiRoute
from web.context import context
from web.errors import ApiError

MAX_TOKENS = 50
DAY_MS = 86_400_000


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """A name to recognise the token by, the days it lives (null: no limit), and its scope.

    Unset, the scope is `write`, or what the caller may do if that is less.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    scope: Scope | None = None


class IssuedToken(msgspec.Struct):
    """A new token, shown only this once."""

    token: str
    name: str
    expires_at: int | None
    scope: Scope


def issue(call: ApiCall) -> IssuedToken:
    """Create a token."""
    body: NewToken = call.body
    name = " ".join(body.name.split())
    if not is_safe_name(name):
        text = "a name needs visible text, without control or bidirectional characters"
        raise ApiError(422, "invalid", text, "name")
    if len(context().store.tokens.of_account(call.account.id, "api")) >= MAX_TOKENS:
        raise ApiError(409, "too_many_tokens", f"an account has at most {MAX_TOKENS} tokens")
    widest = call.identity.widest
    scope = body.scope or narrower(widest, "write")
    if not includes(widest, scope):
        raise ApiError(403, "scope_too_wide", f"you may do {widest}, not {scope}", "scope")
    now = context().now()
    lives_ms = body.days * DAY_MS if body.days else None
    token = context().store.tokens.issue(call.account.id, "api", now, lives_ms, name, scope)
    detail = {"name": name, "scope": scope}
    context().store.people.record(now, call.account.id, call.account.id, "token_created", **detail)
    return IssuedToken(token, name, now + lives_ms if lives_ms else None, scope)


def listing(call: ApiCall) -> Page[TokenSummary]:
    """List tokens, without their secrets."""
    summaries = context().store.tokens.of_account(call.account.id, "api")
    return cut(summaries, call.query.limit, call.query.offset)


def revoke(call: ApiCall) -> None:
    """Revoke a token and disconnect its sockets."""
    account_id, token_id = call.account.id, call.path["token_id"]
    gone = context().store.tokens.revoke_by_id(account_id, "api", token_id.replace("\0", "?"))
    if gone is None:
        raise ApiError(404, "no_such_token", "you have no such token")
    now = context().now()
    context().store.people.record(now, account_id, account_id, "token_revoked", id=token_id)
    context().viewers.release(gone)


routes = (
    ApiRoute(
        "POST",
        "/tokens",
        "Create an API token; it is shown only this once",
        issue,
        IssuedToken,
        status=201,
        body=NewToken,
        refuses=(409,),
        own=True,
    ),
    ApiRoute("GET", "/tokens", "List the API tokens", listing, Page[TokenSummary], query=PageQuery),
    ApiRoute(
        "DELETE", "/tokens/<token_id>", "Revoke an API token", revoke, None, status=204, own=True
    ),
)
