"""Sockets: the namespace that viewers connect to, and what they may say there."""

import logging
from typing import TypeVar

import msgspec
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from streams.live import LiveStoreError, history
from streams.names import NAMESPACE, legacy_room, room
from streams.settings import Settings
from web.auth import sessions
from web.auth.origins import SocketOrigins
from web.context import context
from web.errors import ApiError
from web.limits import SUBSCRIBES
from web.live import slow_viewers
from web.live.fan_out import FanOut
from web.live.packets import MsgspecJson, TextPacket
from web.live.rooms import Rooms
from web.live.status_feed import StatusFeed
from web.live.viewers import Viewer
from web.owned_streams import get_owned_stream

log = logging.getLogger(__name__)

Asked = TypeVar("Asked")

RECENT_POSTS = 100
"""Posts that a new viewer gets at first."""
SERIES_SECONDS = 600
MAX_SUBSCRIPTIONS = 50
"""Streams that one socket may watch."""


class Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    """`since` is the last sequence number that the viewer has."""

    stream: str
    since: int | None = None


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True):
    """Which stream to watch no longer."""

    stream: str


class Auth(msgspec.Struct):
    """What a program may send with its connect packet: an API token."""

    token: str | None = None


def open_sockets(app: Flask, settings: Settings) -> SocketIO:
    """Put the Socket.IO server in front of an app."""
    for name in ("socketio", "engineio"):
        quiet = logging.getLogger(f"{name}.server")
        quiet.setLevel(logging.ERROR)  # below it they log what viewers send, tokens included
        quiet.addFilter(_Sparing())
    server = SocketIO(
        app,
        async_mode="gevent",
        async_handlers=False,
        cors_allowed_origins=SocketOrigins(settings.cors_origins),
        engineio_logger=logging.getLogger("engineio.server"),
        http_compression=False,
        json=MsgspecJson,
        logger=logging.getLogger("socketio.server"),
        manage_session=False,
        max_http_buffer_size=slow_viewers.MESSAGE_BYTES,
        namespaces=[NAMESPACE],
        ping_interval=25,
        ping_timeout=20,
        serializer=TextPacket,
    )
    slow_viewers.guard(server.server.eio)
    return server


class Sockets:
    """Answers connect, subscribe and unsubscribe."""

    def __init__(self, rooms: Rooms, fan_out: FanOut, status_feed: StatusFeed) -> None:
        self._rooms = rooms
        self._fan_out = fan_out
        self._status_feed = status_feed

    def register(self, server: SocketIO) -> None:
        """Take the events of the namespace."""
        server.on_event("connect", self.connect, namespace=NAMESPACE)
        server.on_event("subscribe", self.subscribe, namespace=NAMESPACE)
        server.on_event("unsubscribe", self.unsubscribe, namespace=NAMESPACE)
        server.on_event("*", self.unknown, namespace=NAMESPACE)
        server.on_error_default(_failed)

    def connect(self, auth: object = None) -> None:
        """Let a socket in when somebody is behind it."""
        viewer = _who_connects(auth)
        if viewer is None:
            raise ConnectionRefusedError("sign in first", {"code": "unauthorized"})
        if context().viewers.of(request.environ) is None and not context().viewers.admit(
            request.environ, viewer
        ):
            raise ConnectionRefusedError("too many sockets", {"code": "too_many_sockets"})
        sid = request.sid  # type: ignore[attr-defined]  # Flask-SocketIO's
        if viewer.old:
            stream = context().store.streams.legacy_of(viewer.old.id)
            if stream is not None:
                self._rooms.enter(sid, legacy_room(stream.id))
        elif viewer.account is None:
            stream = context().store.streams.legacy_started_last()
            if stream is not None:
                context().control.follow_legacy(sid, stream)

    def subscribe(self, *arguments: object) -> object:
        """Let a viewer into a room of their own; the answer holds what came before."""
        asked = _read(arguments, Subscribe)
        if asked.since is not None and not 0 <= asked.since < 2**53:
            raise ApiError(422, "bad_request", "since is a sequence number", "since")
        sid = request.sid  # type: ignore[attr-defined]
        stream = get_owned_stream(_account_id(), asked.stream)
        if len(self._rooms.of(sid)) >= MAX_SUBSCRIPTIONS:
            raise ApiError(429, "too_many_subscriptions", "unsubscribe from a stream first")
        self._rooms.leave(sid, room(stream.id))
        with self._fan_out.holding(stream.id) as held:
            limit = RECENT_POSTS if asked.since is None else context().settings.ring_posts
            recent = history.recent(context().redis, stream.id, asked.since, limit)
            now = context().now() // 1000
            series = history.series(context().redis, stream.id, now, SERIES_SECONDS)
            status = self._status_feed.of([stream])[0]
            recent = self._fan_out.join(sid, stream.id, recent, held)
        return {
            "stream": stream.id,
            "status": status,
            "seq": recent.seq,
            "posts": msgspec.Raw(recent.posts),
            "missed": recent.missed,
            "series": series,
        }

    def unsubscribe(self, *arguments: object) -> object:
        """Let a viewer out of a room."""
        asked = _read(arguments, Unsubscribe)
        self._rooms.leave(
            request.sid,  # type: ignore[attr-defined]
            room(asked.stream),
        )
        return {"stream": asked.stream}

    def unknown(self, *_arguments: object) -> object:
        """Say that there is no such event."""
        return _error("unknown_event", "the events are subscribe and unsubscribe")


def _who_connects(auth: object) -> Viewer | None:
    try:
        token = msgspec.convert(auth, Auth | None)
    except msgspec.ValidationError:
        return None
    if token is not None and token.token is not None:
        who = sessions.of_token(token.token, "api")
        return Viewer(who.account, None, (who.token_hash,)) if who else None
    who, old = sessions.of_environ(request.environ), sessions.of_legacy_cookies(request.environ)
    if who is None and old is None:
        return Viewer(None, None, ()) if context().settings.anonymous_sockets else None
    return Viewer(
        who.account if who else None,
        old.account if old else None,
        tuple(each.token_hash for each in (who, old) if each),
    )


def _account_id() -> int:
    viewer = context().viewers.of(request.environ)
    account = (viewer.account or viewer.old) if viewer else None
    if account is None:
        raise ApiError(403, "forbidden", "nobody is signed in on this socket")
    context().limits.take(SUBSCRIBES, account.id)
    return account.id


def _read(arguments: tuple[object, ...], kind: type[Asked]) -> Asked:
    if len(arguments) != 1:
        raise ApiError(422, "bad_request", "this event takes one object")
    try:
        return msgspec.convert(arguments[0], kind)
    except msgspec.ValidationError as error:
        raise ApiError(422, "bad_request", str(error)) from None


def _error(code: str, message: str, field: str | None = None) -> object:
    error = {"code": code, "message": message}
    return {"error": error | ({"field": field} if field else {})}


def _failed(error: Exception) -> object:
    answer = _answer(error)
    if request.event["message"] == "connect":  # type: ignore[attr-defined]  # Flask-SocketIO's
        raise ConnectionRefusedError("try again", answer)
    return answer


def _answer(error: Exception) -> object:
    if isinstance(error, ApiError):
        return _error(error.body.code, error.body.message, error.body.field)
    if isinstance(error, LiveStoreError):
        return _error("redis_down", "Redis does not answer: try again")
    log.error("a socket event failed", exc_info=error)
    return _error("internal", "something went wrong here, and it has been logged")


class _Sparing(logging.Filter):
    """Logs what viewers get wrong in one line, once a minute a kind; `_failed` logs our faults."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0]:
            record.msg = f"{record.getMessage()}: {record.exc_info[0].__name__}"
            record.args, record.exc_info = (), None
        kind = str(record.msg)[:80]
        if record.created - self._said.get(kind, 0) < 60:
            return False
        self._said = {**self._said, kind: record.created} if len(self._said) < 100 else {}
        return True
