"""Sockets: the namespace that viewers connect to, and the events they may send."""

import logging
from typing import TypeVar

import msgspec
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO

from streams.live import history
from streams.names import NAMESPACE, legacy_room, room
from streams.outage_filter import MinuteGate
from streams.settings import Settings
from web.auth import sessions
from web.auth.origins import SocketOrigins
from web.auth.ownership import get_owned_stream
from web.context import context
from web.errors import ApiError, to_api_error
from web.limits import SUBSCRIBES
from web.live import slow_viewers
from web.live.fan_out import FanOut
from web.live.packets import MsgspecJson, TextPacket
from web.live.rooms import Rooms
from web.live.socket_counts import SocketCounts
from web.live.status_feed import StatusFeed
from web.live.viewers import Viewer

Message = TypeVar("Message")

RECENT_POSTS = 100
"""Posts that a new viewer gets on subscribing."""
SERIES_SECONDS = 600
MAX_SUBSCRIPTIONS = 50
"""Streams that one socket may watch."""


class Subscribe(msgspec.Struct, forbid_unknown_fields=True):
    """`since` is the last sequence number that the viewer has, of `epoch`."""

    stream: str
    since: int | None = None
    epoch: str | None = None


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True):
    """The stream to leave."""

    stream: str


class Auth(msgspec.Struct):
    """What a program may send with its connect packet: an API token."""

    token: str | None = None


def open_sockets(app: Flask, settings: Settings) -> SocketIO:
    """Create the Socket.IO server in front of an app."""
    for name in ("socketio", "engineio"):
        quiet = logging.getLogger(f"{name}.server")
        quiet.setLevel(logging.ERROR)  # below it they log what viewers send, tokens included
        quiet.addFilter(_RepeatFilter())
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
    slow_viewers.install(server.server.eio)
    return server


class Sockets:
    """Handles connect, subscribe and unsubscribe."""

    def __init__(
        self, rooms: Rooms, fan_out: FanOut, status_feed: StatusFeed, socket_counts: SocketCounts
    ) -> None:
        self._rooms = rooms
        self._fan_out = fan_out
        self._status_feed = status_feed
        self._socket_counts = socket_counts

    def register(self, server: SocketIO) -> None:
        """Register the handlers of the namespace."""
        server.on_event("connect", self.connect, namespace=NAMESPACE)
        server.on_event("subscribe", self.subscribe, namespace=NAMESPACE)
        server.on_event("unsubscribe", self.unsubscribe, namespace=NAMESPACE)
        server.on_event("*", self.unknown, namespace=NAMESPACE)
        server.on_error_default(_failed)

    def connect(self, auth: object = None) -> None:
        """Accept a socket of somebody who is signed in, or refuse it."""
        viewer = _identify(auth)
        if viewer is None:
            raise ConnectionRefusedError("sign in first", {"code": "unauthorized"})
        if context().viewers.of(request.environ) is None:
            account = viewer.account or viewer.legacy_account
            refused = context().quotas.socket_refusal(account.id) if account else None
            if refused is not None:
                raise ConnectionRefusedError(refused, {"code": "too_many_sockets"})
            context().viewers.admit(request.environ, viewer)
            if account:
                self._socket_counts.all()  # so that the other processes count it from now on
        sid = request.sid  # type: ignore[attr-defined]  # Flask-SocketIO's
        if viewer.legacy_account:
            stream = context().store.streams.legacy_of(viewer.legacy_account.id)
            if stream is not None:
                self._rooms.enter(sid, legacy_room(stream.id))
        elif viewer.account is None:
            stream = context().store.streams.legacy_started_last()
            if stream is not None:
                context().control.follow_legacy(sid, stream)

    def subscribe(self, *arguments: object) -> object:
        """Add a viewer to the room of a stream of theirs; return its status and recent posts."""
        message = _read(arguments, Subscribe)
        if message.since is not None and not 0 <= message.since < 2**53:
            raise ApiError(
                422, "bad_request", "`since` must be a sequence number, 0 or more", "since"
            )
        sid = request.sid  # type: ignore[attr-defined]
        stream = get_owned_stream(_account_id(), message.stream)
        if len(self._rooms.of(sid)) >= MAX_SUBSCRIPTIONS:
            raise ApiError(
                429,
                "too_many_subscriptions",
                f"a socket watches at most {MAX_SUBSCRIPTIONS} streams: unsubscribe from one",
            )
        self._rooms.leave(sid, room(stream.id))
        with self._fan_out.holding(stream.id) as held:
            limit = RECENT_POSTS if message.since is None else context().settings.ring_posts
            recent = history.recent(context().redis, stream.id, message.since, limit, message.epoch)
            now = context().now() // 1000
            series = history.series(context().redis, stream.id, now, SERIES_SECONDS)
            status = self._status_feed.of([stream])[0]
            recent = self._fan_out.join(sid, stream.id, recent, held)
        return {
            "stream": stream.id,
            "status": status,
            "epoch": recent.epoch,
            "seq": recent.seq,
            "posts": msgspec.Raw(recent.posts),
            "missed": recent.missed,
            "continues": recent.continues,
            "series": series,
        }

    def unsubscribe(self, *arguments: object) -> object:
        """Remove a viewer from a room."""
        message = _read(arguments, Unsubscribe)
        self._rooms.leave(
            request.sid,  # type: ignore[attr-defined]
            room(message.stream),
        )
        return {"stream": message.stream}

    def unknown(self, *_arguments: object) -> object:
        """Answer that there is no such event."""
        return _error("unknown_event", "the events are subscribe and unsubscribe")


def _identify(auth: object) -> Viewer | None:
    try:
        token = msgspec.convert(auth, Auth | None)
    except msgspec.ValidationError:
        return None
    if token is not None and token.token is not None:
        who = sessions.of_token(token.token, "api")
        return Viewer(who.account, None, (who.token_hash,)) if who else None
    who, legacy = sessions.of_environ(request.environ), sessions.of_legacy_cookies(request.environ)
    if who is None and legacy is None:
        return Viewer(None, None, ()) if context().settings.anonymous_sockets else None
    return Viewer(
        who.account if who else None,
        legacy.account if legacy else None,
        tuple(each.token_hash for each in (who, legacy) if each),
    )


def _account_id() -> int:
    viewer = context().viewers.of(request.environ)
    account = (viewer.account or viewer.legacy_account) if viewer else None
    if account is None:
        raise ApiError(
            403, "forbidden", "this socket is anonymous: sign in, or connect with an API token"
        )
    context().limits.take(SUBSCRIBES, account.id)
    return account.id


def _read(arguments: tuple[object, ...], kind: type[Message]) -> Message:
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
    body = to_api_error(error).body
    return _error(body.code, body.message, body.field)


class _RepeatFilter(logging.Filter):
    """Logs each kind of viewers' errors in one line, once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._gate = MinuteGate()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0]:
            record.msg = f"{record.getMessage()}: {record.exc_info[0].__name__}"
            record.args, record.exc_info = (), None
        return self._gate.admit(str(record.msg)[:80], record.created) is not None
