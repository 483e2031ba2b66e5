"""The HTTP face of a simulator: all endpoints, and the server that carries them."""

import errno
from typing import Any

import msgspec
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider
from gevent.pywsgi import WSGIHandler, WSGIServer
from werkzeug.exceptions import HTTPException

from simulator import (
    compliance,
    connections_api,
    control,
    edits_api,
    oauth,
    oauth2,
    rules_api,
    search,
    stream,
    usage,
    users_api,
)
from simulator.problems import Problem, problem
from simulator.state import SimulatorState

LARGEST_BODY = 64 * 1024 * 1024


class MsgspecProvider(JSONProvider):
    """JSON by msgspec."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Encode an object."""
        return msgspec.json.encode(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Decode a text."""
        return msgspec.json.decode(s)


def create(state: SimulatorState) -> Flask:
    """Make the WSGI application of a simulator."""
    app = Flask("simulator", static_folder=None)
    app.json = MsgspecProvider(app)
    app.extensions["simulator"] = state
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False
    for module in (
        oauth,
        oauth2,
        users_api,
        rules_api,
        stream,
        connections_api,
        search,
        usage,
        compliance,
        control,
        edits_api,
    ):
        app.register_blueprint(module.blueprint)
    app.before_request(stream.refuse_on_order)
    app.after_request(_add_rate_headers)
    app.register_error_handler(Problem, _answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.add_url_rule("/", view_func=_front)
    return app


def _front() -> Response:
    text = "This is a local double of the X API. Nothing here is real; see docs/simulator.md.\n"
    return Response(text, mimetype="text/plain")


def _add_rate_headers(response: Response) -> Response:
    if "rate_headers" in g:
        response.headers.extend(
            {k: v for k, v in g.rate_headers.items() if k not in response.headers}
        )
    return response


def _answer_problem(error: Problem) -> Any:
    return error.body, error.status


def _answer_http_error(error: HTTPException) -> Any:
    """Answer what Flask itself refuses in X's shape."""
    status = error.code or 500
    if request.path.startswith("/_control"):
        return {"error": {"code": error.name.lower(), "message": error.description}}, status
    return problem(status, error.name, error.description or error.name).body, status


class Handler(WSGIHandler):  # type: ignore[misc]  # gevent is untyped
    """Hands the socket to the stream, and sends its headers before there is a first post."""

    # What a writer meets when its slow reader is hung up on by somebody else.
    ignored_socket_errors = (*WSGIHandler.ignored_socket_errors, errno.EBADF)

    def get_environ(self) -> dict[str, Any]:
        """Add the client's socket."""
        environ: dict[str, Any] = super().get_environ()
        environ["simulator.socket"] = self.socket
        return environ

    def process_result(self) -> None:
        """Send headers at once where a body may keep the client waiting."""
        if self.environ.pop("simulator.flush_headers", False):
            self.write(b"")
        super().process_result()


def serve(state: SimulatorState, host: str, port: int) -> WSGIServer:
    """Make a server that listens already. Raises OSError when the address is taken."""
    server = WSGIServer((host, port), create(state), handler_class=Handler, log=None)
    server.init_socket()
    server.start()
    return server
