"""The server of the double: HTTP and, where a request asks for it, a websocket."""

from typing import Any

from flask import Flask, Response, g, request
from gevent.pywsgi import WSGIServer
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from simulator.app import LARGEST_BODY, Handler, MsgspecProvider
from simulator.mastodon import api, control
from simulator.mastodon.channels import channel_of
from simulator.mastodon.connection import EventConnection
from simulator.mastodon.state import MastodonState
from simulator.problems import Problem
from simulator.websocket import EventSocket

STREAMING = "/api/v1/streaming"


def create(state: MastodonState) -> Flask:
    """Make the WSGI application of a double."""
    app = Flask("simulator", static_folder=None)
    app.json = MsgspecProvider(app)
    app.extensions["simulator"] = state
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = False
    for module in (api, control):
        app.register_blueprint(module.blueprint)
    app.after_request(_add_rate_headers)
    app.register_error_handler(Problem, lambda error: (error.body, error.status))
    app.register_error_handler(HTTPException, _answer_http_error)
    app.add_url_rule("/", view_func=_front)
    return app


def _front() -> Response:
    text = "This is a local double of a Mastodon instance. Nothing here is real.\n"
    return Response(text, mimetype="text/plain")


def _add_rate_headers(response: Response) -> Response:
    response.headers.extend(g.get("rate_headers", {}))
    return response


def _answer_http_error(error: HTTPException) -> Any:
    if request.path.startswith("/_control"):
        return {"error": {"code": error.name, "message": error.description}}, error.code or 500
    return {"error": error.description or error.name}, error.code or 500


class StreamingHandler(Handler):
    """Serves a websocket where a request asks for one that it may have."""

    def handle_one_response(self) -> None:
        """Upgrade, or answer as HTTP does."""
        headers = EnvironHeaders(self.environ)
        asked = self.environ.get("PATH_INFO", "").rstrip("/")
        if asked != STREAMING or headers.get("Upgrade", "").lower() != "websocket":
            super().handle_one_response()
            return
        self.close_connection = True
        state: MastodonState = self.server.application.extensions["simulator"]
        refusal = self._refusal(state, Request(self.environ))
        if refusal is not None:
            self.socket.sendall(refusal)
            return
        connection = EventConnection("websocket", state.settings, state.ledger)
        query = Request(self.environ).args
        if channel := channel_of(query.get("stream", ""), query.get("tag")):
            connection.channels.add(channel)
        state.connect(connection)
        try:
            socket = EventSocket(self.socket, connection, state.settings.ping)
            socket.serve(headers["Sec-WebSocket-Key"])
        finally:
            state.disconnect(connection)

    def _refusal(self, state: MastodonState, asked: Request) -> bytes | None:
        """Return the answer to a request that may have no websocket."""
        fault = state.faults.find("http_503")
        if fault and (fault.order.path in STREAMING or "/2/" in fault.order.path):
            state.faults.spend(fault)
            return _plain(fault.order.status, fault.order.line or "Refused on order")
        if not state.admits(api.token_of(asked.headers, asked.args)):
            return _plain(401, "Access token is invalid")
        return None


def _plain(status: int, message: str) -> bytes:
    body = f'{{"error":"{message}"}}'.encode()
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\n"
    return f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def serve(state: MastodonState, host: str, port: int) -> WSGIServer:
    """Make a server that listens already. Raises OSError when the address is taken."""
    server = WSGIServer((host, port), create(state), handler_class=StreamingHandler, log=None)
    server.init_socket()
    server.start()
    return server
