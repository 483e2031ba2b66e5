"""The server of the double: subscriptions by websocket, profiles, and the control API."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Flask, Response, current_app, request
from gevent.pywsgi import WSGIServer
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from simulator.app import LARGEST_BODY, Handler, MsgspecProvider
from simulator.bluesky.connection import WantedOptions
from simulator.bluesky.frames import DICTIONARY_ID, LEXICON, dictionary
from simulator.bluesky.state import JetstreamState
from simulator.control import PostingRate, admit_operator, bad
from simulator.faults import FaultOrder
from simulator.problems import Problem
from simulator.websocket import EventSocket

T = TypeVar("T")
SUBSCRIBE = "/subscribe"
SUBSCRIBE_V2 = f"/xrpc/{LEXICON}.subscribeEvents"
PROFILES_AT_ONCE = 25
control = Blueprint("control", __name__, url_prefix="/_control")


class PostOrder(msgspec.Struct, forbid_unknown_fields=True):
    """One line of POST /_control/posts; `record` adds fields to the post, such as `facets`."""

    text: str
    handle: str = "demo.bsky.social"
    record: dict[str, Any] = {}


class EditOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/edits."""

    uri: str
    text: str


class DeleteOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/deletions."""

    uris: list[str]


class AccountOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/accounts: another handle, or the end of an account."""

    handle: str
    renamed: str | None = None
    status: str | None = None


def create(state: JetstreamState) -> Flask:
    """Make the WSGI application of a double."""
    app = Flask("simulator", static_folder=None)
    app.json = MsgspecProvider(app)
    app.extensions["simulator"] = state
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.register_blueprint(control)
    app.register_error_handler(Problem, lambda error: (error.body, error.status))
    app.register_error_handler(HTTPException, _answer_http_error)
    app.add_url_rule("/", view_func=_front)
    app.add_url_rule(f"/xrpc/{LEXICON}.getZstdDictionary", view_func=_dictionary)
    app.add_url_rule("/xrpc/app.bsky.actor.getProfiles", view_func=_profiles)
    return app


def _state() -> JetstreamState:
    state: JetstreamState = current_app.extensions["simulator"]
    return state


def _front() -> Response:
    text = "This is a local double of Bluesky's Jetstream. Nothing here is real.\n"
    return Response(text, mimetype="text/plain")


def _profiles() -> Any:
    actors = request.args.getlist("actors")
    if not 0 < len(actors) <= PROFILES_AT_ONCE:
        return {"error": "InvalidRequest", "message": f"1 to {PROFILES_AT_ONCE} actors"}, 400
    profiles = _state().profiles
    known = profiles | {profile["handle"]: profile for profile in profiles.values()}
    return {"profiles": [known[actor] for actor in actors if actor in known]}


def _dictionary() -> Any:
    if not _state().settings.v2:
        return {"error": "MethodNotImplemented", "message": "this host speaks version 1"}, 404
    if request.args.get("id", str(DICTIONARY_ID)) != str(DICTIONARY_ID):
        return {"error": "DictionaryNotFound", "message": f"current: {DICTIONARY_ID}"}, 400
    return Response(dictionary().as_bytes(), mimetype="application/octet-stream")


def _answer_http_error(error: HTTPException) -> Any:
    return {"error": {"code": error.name, "message": error.description}}, error.code or 500


@control.before_request
def _guard() -> None:
    admit_operator(_state().control_token)


@control.get("/")
def _overview() -> Any:
    return dict(_state().overview())


@control.post("/posts")
def _posts() -> Any:
    lines = [line for line in request.get_data().split(b"\n") if line.strip()]
    orders = [_decoded(line, PostOrder) for line in lines]
    made = [_state().post(each.text, each.handle, **each.record) for each in orders]
    return {"posts": len(made), "ids": made}


@control.post("/edits")
def _edits() -> Any:
    body = _decoded(request.get_data(), EditOrder)
    _state().edit(body.uri, body.text)
    return {"edited": body.uri}


@control.post("/deletions")
def _deletions() -> Any:
    for uri in _decoded(request.get_data(), DeleteOrder).uris:
        _state().delete(uri)
    return {"deleted": True}


@control.post("/accounts")
def _accounts() -> Any:
    body = _decoded(request.get_data(), AccountOrder)
    if body.renamed is not None:
        _state().rename(body.handle, body.renamed)
    if body.status is not None:
        _state().end_account(body.handle, body.status)
    return {"did": _state().account(body.handle)}


@control.get("/rate")
def _rate() -> Any:
    return {"posts_per_second": _state().generator.rate}


@control.post("/rate")
def _set_rate() -> Any:
    wanted = _decoded(request.get_data(), PostingRate).posts_per_second
    if not 0 <= wanted <= 1_000_000:
        raise bad("posts_per_second must be between 0 and 1000000")
    _state().generator.rate = wanted
    return _rate()


@control.get("/faults")
def _faults() -> Any:
    return {"faults": [fault.shown() for fault in _state().faults.in_force()]}


@control.post("/faults")
def _arm() -> Any:
    try:
        return _state().arm(_decoded(request.get_data(), FaultOrder)).shown(), 201
    except ValueError as error:
        raise bad(str(error)) from None


@control.delete("/faults")
def _clear_faults() -> Any:
    _state().clear_faults()
    return _faults()


@control.get("/ledger")
def _ledger() -> Any:
    return {"ids": [uri for _, uri in _state().sent]}


@control.get("/published")
def _published() -> Any:
    word = request.args.get("word", "")
    return {"ids": _state().published(word)}


@control.delete("/ledger")
def _reset_ledger() -> Any:
    _state().sent.clear()
    return {"ids": []}


@control.post("/settings")
def _settings() -> Any:
    try:
        _state().settings.change(_decoded(request.get_data(), dict[str, Any]))
    except msgspec.ValidationError as error:
        raise bad(str(error)) from None
    return msgspec.to_builtins(_state().settings)


@control.post("/reset")
def _reset() -> Any:
    _state().reset()
    return {"reset": True}


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise bad(f"{error}; nothing was done") from None


class SubscribeHandler(Handler):
    """Serves a websocket at the addresses of the wires that are offered, and HTTP elsewhere."""

    def handle_one_response(self) -> None:
        """Upgrade, or answer as HTTP does."""
        headers = EnvironHeaders(self.environ)
        asked = self.environ.get("PATH_INFO", "").rstrip("/")
        state: JetstreamState = self.server.application.extensions["simulator"]
        paths = (SUBSCRIBE, SUBSCRIBE_V2) if state.settings.v2 else (SUBSCRIBE,)
        if asked not in paths or headers.get("Upgrade", "").lower() != "websocket":
            super().handle_one_response()
            return
        self.close_connection = True
        if fault := state.faults.find("http_503"):
            state.faults.spend(fault)
            self.socket.sendall(_refusal(fault.order.status, "Refused on order"))
            return
        query = Request(self.environ).args
        cursor = query.get("cursor")
        if cursor is not None and not cursor.isdigit():
            self.socket.sendall(_refusal(400, "invalid cursor"))
            return
        version = 1 + (asked == SUBSCRIBE_V2)
        if version == 2 and (refused := _refused(query)):
            self.socket.sendall(_refusal(400, refused))
            return
        names = ("wantedCollections", "wantedDids") if version == 1 else ("collections", "dids")
        options = WantedOptions(*map(query.getlist, names))
        is_binary = version == 2 and "zstdDictionary" in query
        start = int(cursor) if cursor else None
        subscriber = state.subscribe(options, start, version, is_binary)
        try:
            socket = EventSocket(self.socket, subscriber, state.settings.ping)
            socket.serve(headers["Sec-WebSocket-Key"])
        finally:
            state.unsubscribe(subscriber)


def _refused(query: Mapping[str, str]) -> str | None:
    """Return why version 2 refuses a subscription."""
    if any(name.startswith("wanted") for name in query):
        return '{"error":"InvalidRequest","message":"wanted* are names of version 1"}'
    if query.get("zstdDictionary", str(DICTIONARY_ID)) != str(DICTIONARY_ID):
        return f'{{"error":"UnknownZstdDictionary","message":"current: {DICTIONARY_ID}"}}'
    return None


def _refusal(status: int, message: str) -> bytes:
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(message)}\r\n\r\n{message}".encode()


def serve(state: JetstreamState, host: str, port: int) -> WSGIServer:
    """Make a server that listens already. Raises OSError when the address is taken."""
    server = WSGIServer((host, port), create(state), handler_class=SubscribeHandler, log=None)
    server.init_socket()
    server.start()
    return server
