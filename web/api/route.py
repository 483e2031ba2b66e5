"""A route of the API: one row both serves and documents a call, so that they cannot differ."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Flask, Response, request

from streams.role import Scope
from streams.store.accounts import Account
from web.auth import sessions
from web.auth.origins import check_own_write
from web.context import context
from web.errors import ApiError
from web.limits import WRITES, RateLimit, deadline

BASE = "/api/v1"
MAX_BODY = 65_536


@dataclass(frozen=True)
class ApiCall:
    """A checked request: who sent it, its path variables, query and body."""

    who: sessions.Identity | None
    path: Mapping[str, str]
    query: Any
    body: Any

    @property
    def identity(self) -> sessions.Identity:
        """Return who calls, and by which token; open routes have no caller."""
        if self.who is None:
            raise LookupError("an open route has no caller")
        return self.who

    @property
    def account(self) -> Account:
        """Return the caller's account; open routes have none."""
        return self.identity.account


@dataclass(frozen=True)
class ApiRoute:
    """A call: `answer` is the type of a successful body; None means an empty one (204)."""

    method: str
    path: str
    does: str
    handle: Callable[[ApiCall], Any]
    answer: Any
    status: int = 200
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    refuses: tuple[int, ...] = ()
    open: bool = False
    scope: Scope | None = None
    """What the caller must be allowed; unset, `read` for GET and else `write`."""
    own: bool = False
    """Whether it concerns the caller's own account only, which every role may look after."""
    limit: RateLimit | None = None
    upload: int | None = None
    """Most bytes of a body that is a file, which the handler reads itself."""
    answer_seconds: float | None = None
    """After how long the answer is 503."""

    @property
    def writes(self) -> bool:
        """Return whether a call changes something."""
        return self.method != "GET"

    @property
    def needs(self) -> Scope:
        """Return what a caller must be allowed."""
        return self.scope or ("write" if self.writes else "read")

    @property
    def statuses(self) -> tuple[int, ...]:
        """Return every error status that a call may answer."""
        own = set(self.refuses)
        own |= set() if self.open else {401}
        own |= {403, 429} if self.writes else set()
        own |= {403} if self.needs == "admin" else set()
        own |= {413, 422} if self.body or self.upload else set()
        own |= {422} if self.query else set()
        return tuple(sorted(own | ({404} if "<" in self.path else set()) | {500}))

    def view(self, **path: str) -> Response:
        """Answer a request."""
        with deadline(self.answer_seconds):
            return self._respond(path)

    def _respond(self, path: Mapping[str, str]) -> Response:
        who = None if self.open else sessions.required()
        if who is not None:
            who.require(self.needs, own=self.own)
        if self.writes and (who is None or who.kind == "session"):
            check_own_write()
        if limit := self.limit or (WRITES if self.writes else None):
            self._limit(limit, who)
        call = ApiCall(who, path, self._query(), self._body())
        answer = self.handle(call)
        if isinstance(answer, Response):
            return answer
        if self.answer is None:
            return Response(status=204)
        return Response(msgspec.json.encode(answer), self.status, mimetype="application/json")

    def _limit(self, limit: RateLimit, who: sessions.Identity | None) -> None:
        if who is not None:
            context().limits.take(limit, who.account.id)
        else:
            context().limits.take_shared(limit, "sign-in", request.remote_addr or "")

    def _query(self) -> object:
        if self.query is None:
            return None
        return decode_or_refuse(
            lambda: msgspec.convert(request.args.to_dict(), self.query, strict=False)
        )

    def _body(self) -> object:
        if self.upload is not None:
            request.max_content_length = self.upload
            return request.stream
        data = request.get_data(cache=False)
        if self.body is None:
            return None
        return decode_or_refuse(lambda: msgspec.json.decode(data, type=self.body))


def register(app: Flask, routes: tuple[ApiRoute, ...]) -> None:
    """Serve the routes."""
    for route in routes:
        app.add_url_rule(
            BASE + route.path,
            endpoint=f"{route.method} {route.path}",
            view_func=route.view,
            methods=[route.method],
        )


_VALIDATION_ERROR = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<at>.*)`)?", re.DOTALL)
_FIELD_NAME = re.compile(
    r"Object (?:contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL
)


def decode_or_refuse(read: Callable[[], Any]) -> Any:
    """Decode typed input, or refuse it and name the field."""
    try:
        return read()
    except msgspec.ValidationError as error:
        found = _VALIDATION_ERROR.fullmatch(str(error))
        what, at = (found["what"], found["at"] or "") if found else (str(error), "")
        named = _FIELD_NAME.fullmatch(what)
        field = ".".join(filter(None, (at, named["name"][:100] if named else None)))
        raise ApiError(422, "invalid", what[:300], field or None) from None
    except (msgspec.DecodeError, RecursionError):
        raise ApiError(422, "bad_json", "the body is not valid JSON") from None
