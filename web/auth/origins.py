"""Origins: which other sites may call the API, and proof that a write comes from our own page."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from flask import Flask, Response, request

from web.errors import ApiError

DASHBOARD_WIRE = ("/login", "/token", "/startStream", "/stopStream")
_METHODS = "GET, POST, PATCH, PUT, DELETE"


def own(environ: Mapping[str, Any]) -> str:
    """Return the origin that a request was sent to."""
    return f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST', '')}"


def check_own_write() -> None:
    """Refuse a write with a session cookie unless a page of ours sent it.

    Browsers name the origin of a request in headers that pages cannot set. A request without them
    comes from no current browser; programs use API tokens.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "")
    if site is not None:
        genuine = site == "same-origin"
    else:
        genuine = compare_digest(origin.encode(), own(request.environ).encode())
    if not genuine:
        raise ApiError(
            403,
            "cross_site",
            "a write with the session cookie must come from our own page (header Origin); "
            "programs use an API token",
        )


def register(app: Flask, allowed: tuple[str, ...]) -> None:
    """Let the allowed origins call the dashboard wire and the API, without cookies."""

    @app.after_request
    def cors(response: Response) -> Response:
        if not (request.path in DASHBOARD_WIRE or request.path.startswith("/api/")):
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Headers"] = "content-type, authorization"
                response.headers["Access-Control-Allow-Methods"] = _METHODS
                response.headers["Access-Control-Max-Age"] = "600"
        return response


class SocketOrigins:
    """Tells Engine.IO which origins may open a socket: our own and the allowed ones."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = allowed

    def __call__(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Return whether a page of this origin may; programs name no origin."""
        return origin is None or origin == own(environ) or origin in self._allowed
