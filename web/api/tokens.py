"""API tokens: for programs that act for an account."""

import unicodedata
from typing import Annotated

import msgspec

from streams.store.tokens import TokenFace
from web.api.page import Page, PageQuery, cut
from web.api.route import Call, Route
from web.errors import Refusal
from web.parts import parts

MAX_TOKENS = 50
DAY_MS = 86_400_000


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """A name to recognise it by, and how long it lives (for ever when null)."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


class IssuedToken(msgspec.Struct):
    """The token itself is shown this once."""

    token: str
    name: str
    expires_at: int | None


def issue(call: Call) -> IssuedToken:
    """Make a token."""
    asked: NewToken = call.body
    name = " ".join(asked.name.split())
    if not name or any(unicodedata.category(each) in ("Cc", "Cs") for each in name):
        raise Refusal(422, "invalid", "a name is text that can be seen", "name")
    if len(parts().store.tokens.of_account(call.account.id, "api")) >= MAX_TOKENS:
        raise Refusal(409, "too_many_tokens", f"an account has at most {MAX_TOKENS} tokens")
    now = parts().now()
    lives_ms = asked.days * DAY_MS if asked.days else None
    token = parts().store.tokens.issue(call.account.id, "api", now, lives_ms, name)
    return IssuedToken(token, name, now + lives_ms if lives_ms else None)


def listing(call: Call) -> Page[TokenFace]:
    """List them, without the tokens themselves."""
    faces = parts().store.tokens.of_account(call.account.id, "api")
    return cut(faces, call.query.limit, call.query.offset)


def revoke(call: Call) -> None:
    """Make one worthless, and let its sockets go."""
    account_id, token_id = call.account.id, call.path["token_id"]
    gone = parts().store.tokens.revoke_by_id(account_id, "api", token_id.replace("\0", "?"))
    if gone is None:
        raise Refusal(404, "no_such_token", "you have no such token")
    parts().viewers.let_go(gone)


routes = (
    Route(
        "POST",
        "/tokens",
        "Make an API token; it is shown this once",
        issue,
        IssuedToken,
        status=201,
        body=NewToken,
        refuses=(409,),
    ),
    Route("GET", "/tokens", "List the API tokens", listing, Page[TokenFace], query=PageQuery),
    Route("DELETE", "/tokens/<token_id>", "Revoke an API token", revoke, None, status=204),
)
