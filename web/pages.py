"""Pages: our own front end, or a built client in its place, and what a browser may do with it."""

from pathlib import Path

from flask import Blueprint, Flask, Response, redirect, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Sent

from web.auth import sessions
from web.context import context
from web.errors import ApiError

pages = Blueprint("pages", __name__)

OWN = Path(__file__).parent / "static"
INDEX = "index.html"
BROWSER = "weir_sign_in"
"""Cookie that ties a sign-in under way to the browser that began it."""
BROWSER_SECONDS = 15 * 60
_OWN_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_CLIENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " font-src 'self' data:; connect-src 'self'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


@pages.get("/")
@pages.get("/login")
@pages.get("/stream")
def index() -> Response:
    """Serve the page, whatever part of itself it shows at that address."""
    return _file(INDEX)


@pages.get("/redirect")
def back_from_x() -> Sent:
    """Finish our own page's sign-in; a built client finishes its own."""
    if context().settings.client_dir:
        return _file(INDEX)
    browser = request.cookies.get(BROWSER, "")
    if denied := request.args.get("denied"):
        context().sign_in.forget(denied)
        return _home("denied")
    token, verifier = request.args.get("oauth_token"), request.args.get("oauth_verifier")
    if not (browser and token and verifier):
        return _home("expired")
    try:
        account = context().sign_in.finish(token, verifier, browser)
    except ApiError as refusal:
        return _home("expired" if refusal.status == 401 else "failed")
    response = redirect("/", 303)
    sessions.begin(response, account)
    response.delete_cookie(BROWSER, path="/", httponly=True, samesite="Lax")
    return response


@pages.get("/service-worker.js")
def service_worker() -> Response:
    """Built clients of old ask for one; there is none, and it must not be the page."""
    raise NotFound


@pages.get("/<path:name>")
def file(name: str) -> Response:
    """Serve a file of the front end."""
    return _file(name)


def _file(name: str) -> Response:
    if any(part.startswith(".") for part in name.split("/")):
        raise NotFound
    folder = context().settings.client_dir or OWN
    return send_from_directory(folder, name, max_age=0)


def _home(outcome: str) -> Sent:
    return redirect(f"/?sign_in={outcome}", 303)


def register(app: Flask, *, client: bool) -> None:
    """Serve the pages, and say with every answer what a browser may do with it."""
    app.register_blueprint(pages)

    @app.after_request
    def headers(response: Response) -> Response:
        kept = response.headers
        kept["X-Content-Type-Options"] = "nosniff"
        kept["X-Frame-Options"] = "DENY"
        kept["Referrer-Policy"] = "same-origin"
        kept["Cross-Origin-Opener-Policy"] = "same-origin"
        if request.blueprint == pages.name:
            kept["Content-Security-Policy"] = _CLIENT_POLICY if client else _OWN_POLICY
        else:
            kept["Content-Security-Policy"] = _DATA_POLICY
            kept.setdefault("Cache-Control", "no-store")
        if request.is_secure:
            kept["Strict-Transport-Security"] = "max-age=31536000"
        return response
