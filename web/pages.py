"""Pages: our own front end, a built client in its place, and the browser policy of each."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, Flask, Response, redirect, request, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Sent

from streams.settings import ROOT, Settings
from web.auth import sessions
from web.context import context
from web.errors import ApiError
from web.limits import SIGN_INS

pages = Blueprint("pages", __name__)

OWN = Path(__file__).parent / "static"
OWN_PATH = "/weir/"
"""Where our own page is as well: with CLIENT_DIR the only place."""
INDEX = "index.html"
SIGN_IN_COOKIE = "weir_sign_in"
"""Cookie that ties a sign-in of our own page to the browser that began it."""
SIGN_IN_SECONDS = 15 * 60
_OWN_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_ROOT_LINK = re.compile(r'((?:src|href)=")/(?!/)')


@pages.get("/")
@pages.get("/login")
@pages.get("/stream")
def index() -> Response:
    """Serve the page, whatever part of itself it shows at that address."""
    return _file(INDEX)


@pages.get(OWN_PATH)
def own_index() -> Response:
    """Serve our own page with its links below its own path."""
    page = (OWN / INDEX).read_text(encoding="utf-8")
    return Response(_ROOT_LINK.sub(rf"\1{OWN_PATH}", page), mimetype="text/html")


@pages.get(OWN_PATH + "<path:name>")
def own_file(name: str) -> Response:
    """Serve a file of our own page."""
    return send_from_directory(OWN, name, max_age=0)


@pages.get("/redirect")
def back_from_x() -> Sent:
    """Finish a sign-in of our own page; a built client finishes its own in the browser."""
    browser, _, request_token = request.cookies.get(SIGN_IN_COOKIE, "").partition(".")
    denied, token = request.args.get("denied"), request.args.get("oauth_token")
    if context().settings.client_dir and request_token not in (denied, token):
        return _file(INDEX)
    context().limits.take_shared(SIGN_INS, "sign-in", request.remote_addr or "")
    if denied:
        context().sign_in.forget(denied)
        return _home("denied")
    verifier = request.args.get("oauth_verifier")
    if not (browser and token and verifier):
        return _home("expired")
    try:
        account = context().sign_in.finish(token, verifier, browser)
    except ApiError as error:
        if error.status == 403:
            return _home(error.body.code)
        return _home("expired" if error.status == 401 else "failed")
    response = redirect(_home_path(), 303)
    sessions.begin(response, account)
    response.delete_cookie(SIGN_IN_COOKIE, path="/", httponly=True, samesite="Lax")
    return response


@pages.get("/service-worker.js")
def service_worker() -> Response:
    """Answer 404: existing clients ask for a service worker, and must not get the page instead."""
    raise NotFound


@pages.get("/docs/filters.md")
def filter_help() -> Response:
    """Serve what the form of a stream refers to."""
    return send_from_directory(ROOT / "docs", "filters.md", mimetype="text/plain", max_age=0)


@pages.get("/<path:name>")
def file(name: str) -> Response:
    """Serve a file of the front end."""
    return _file(name)


def remember_sign_in(response: Response, browser: str, auth_url: str) -> None:
    """Set the cookie by which `back_from_x` recognises a sign-in that our own page began."""
    token = parse_qs(urlsplit(auth_url).query).get("oauth_token", [""])[0]
    sessions.set_cookie(response, SIGN_IN_COOKIE, f"{browser}.{token}", SIGN_IN_SECONDS)


def _file(name: str) -> Response:
    if any(part.startswith(".") for part in name.split("/")):
        raise NotFound
    folder = context().settings.client_dir or OWN
    if _is_own_map(name) and not (folder / name).is_file():
        folder = OWN  # our page asks for its maps at the root, also when it is at OWN_PATH
    return send_from_directory(folder, name, max_age=0)


def _is_own_map(name: str) -> bool:
    return name in ("countries-110m.json", "countries-50m.json")


def _home(outcome: str) -> Sent:
    return redirect(f"{_home_path()}?sign_in={outcome}", 303)


def _home_path() -> str:
    return OWN_PATH if context().settings.client_dir else "/"


def register(app: Flask, settings: Settings) -> None:
    """Serve the pages, and send the headers that tell browsers what each answer may do."""
    app.register_blueprint(pages)
    policy = _OWN_POLICY
    if settings.client_dir:
        policy = client_policy(settings.client_dir / INDEX, settings.client_image_hosts)

    @app.after_request
    def headers(response: Response) -> Response:
        kept = response.headers
        kept["X-Content-Type-Options"] = "nosniff"
        kept["X-Frame-Options"] = "DENY"
        kept["Referrer-Policy"] = "same-origin"
        kept["Cross-Origin-Opener-Policy"] = "same-origin"
        if request.blueprint == pages.name:
            is_own = request.path.startswith(OWN_PATH)
            kept["Content-Security-Policy"] = _OWN_POLICY if is_own else policy
        else:
            kept.setdefault("Content-Security-Policy", _DATA_POLICY)
            kept.setdefault("Cache-Control", "no-store")
        if request.is_secure:
            kept["Strict-Transport-Security"] = "max-age=31536000"
        return response


def client_policy(index_html: Path, image_hosts: tuple[str, ...]) -> str:
    """Return the policy for a built client: its own files, its inline scripts, its map tiles.

    Build tools put a bootstrap script into index.html; the policy allows exactly those scripts, by
    their SHA-256.
    """
    scripts = " ".join(_hashes(index_html.read_text(encoding="utf-8")))
    hosts = " ".join(f"https://{host}" for host in image_hosts)
    return (
        f"default-src 'self'; script-src {' '.join(filter(None, (_SELF, scripts)))};"
        f" img-src {' '.join(filter(None, (_SELF, 'data:', hosts)))};"
        " style-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self';"
        " object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


_SELF = "'self'"


def _hashes(page: str) -> list[str]:
    """Return the policy's sources for the inline scripts of a page."""
    parser = _InlineScripts()
    parser.feed(page)
    parser.close()
    digests = (b64encode(sha256(text.encode()).digest()).decode() for text in parser.scripts)
    return [f"'sha256-{digest}'" for digest in digests]


class _InlineScripts(HTMLParser):
    """Collects the texts of script elements without `src`, exactly as browsers hash them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and "src" not in dict(attrs):
            self._is_inside = True
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.scripts[-1] += data
