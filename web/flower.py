"""Flower behind our sign-in: administrators look at queues, workers and tasks at /flower/."""

from urllib.parse import quote

import requests
from flask import Blueprint, Response, request

from streams.secret import derived_password
from web.auth import sessions
from web.auth.origins import check_own_write
from web.context import context
from web.errors import ApiError
from web.limits import WRITES

flower = Blueprint("flower", __name__)

SECONDS = (3, 20)
"""How long Flower may take to accept a connection, and to send the next bytes."""
CHUNK = 65_536
SENT_ON = ("Accept", "Content-Type", "If-None-Match", "X-Requested-With")
SENT_BACK = ("Content-Type", "Cache-Control", "ETag", "Location")
POLICY = (
    "default-src 'self'; script-src 'self' 'sha256-A0YIP5A+DKoseGAUTHRoMPDkKPK5cKzfYH3mjcCKtj8=';"
    " style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
"""The hash is that of the one script inside Flower's pages, `var autorefresh = 1;`."""


@flower.route("/flower/", defaults={"path": ""}, methods=["GET", "POST"])
@flower.route("/flower/<path:path>", methods=["GET", "POST"])
def proxied(path: str) -> Response:
    """Pass a request of an administrator on to Flower, with the password that it shares with us."""
    who = sessions.required()
    who.require("admin")
    if request.method == "POST":
        if who.kind == "session":
            check_own_write()
        context().limits.take(WRITES, who.account.id)
    found = _ask(path)
    headers = {name: found.headers[name] for name in SENT_BACK if name in found.headers}
    headers["Content-Security-Policy"] = POLICY
    return Response(found.iter_content(CHUNK), found.status_code, headers)


def _ask(path: str) -> requests.Response:
    settings = context().settings
    headers = {name: request.headers[name] for name in SENT_ON if name in request.headers}
    with requests.Session() as http:
        http.trust_env = False  # no proxy and no password of the environment's
        try:
            return http.request(
                request.method,
                f"http://127.0.0.1:{settings.flower_port}/flower/{quote(path, safe='/@:')}",
                params=list(request.args.items(multi=True)),
                data=request.get_data(),
                headers=headers | {"Accept-Encoding": "identity"},
                auth=("weir", derived_password(settings.secret_key, "flower")),
                allow_redirects=False,
                stream=True,
                timeout=SECONDS,
            )
        except requests.RequestException:
            raise ApiError(
                503, "no_flower", "Flower does not run, or not on this machine"
            ) from None
