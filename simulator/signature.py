"""OAuth 1.0a request signatures, checked with oauthlib (RFC 5849, HMAC-SHA1)."""

import time
from typing import Any, NamedTuple

from flask import Request
from oauthlib.common import Request as Signable
from oauthlib.oauth1.rfc5849 import signature as rfc5849

from simulator.apps import App, Apps

# X refuses time stamps that are off by more than this; here it is five minutes either way.
TOLERANCE = 300
# Clients that send through a rewriting adapter have signed for X's own address.
X_HOSTS = ("https://api.x.com", "https://api.twitter.com")


class Signed(NamedTuple):
    """The parts of a signed request."""

    method: str
    urls: tuple[str, ...]
    parameters: dict[str, str]
    pairs: list[tuple[str, str]]

    @property
    def consumer_key(self) -> str:
        """The key of the app that signed."""
        return self.parameters.get("oauth_consumer_key", "")

    @property
    def token(self) -> str:
        """The request or access token, empty when there is none."""
        return self.parameters.get("oauth_token", "")


def read(request: Request) -> Signed | None:
    """Read the OAuth parameters of a request; None when they are missing or malformed."""
    form = request.mimetype == "application/x-www-form-urlencoded"
    try:
        pairs = rfc5849.collect_parameters(
            uri_query=request.query_string.decode(),
            body=request.get_data(as_text=True) if form else "",
            headers={"Authorization": request.headers.get("Authorization", "")},
            exclude_oauth_signature=False,
        )
    except ValueError:
        return None
    parameters = dict(pairs)
    if parameters.get("oauth_signature_method") != "HMAC-SHA1":
        return None
    if not (parameters.get("oauth_nonce") and _in_time(parameters.get("oauth_timestamp", ""))):
        return None
    bases = (request.host_url.rstrip("/"), *X_HOSTS)
    urls = tuple(base + request.path for base in bases)
    unsigned = [(name, value) for name, value in pairs if name != "oauth_signature"]
    return Signed(request.method, urls, parameters, unsigned)


def verify(apps: Apps, signed: Signed, token_secret: str) -> App | None:
    """Return the app that signed, or None when the signature is wrong.

    Where any app is welcome and its secret has not been shown yet, there is nothing to check
    the signature against, and it passes.
    """
    app = apps.find(signed.consumer_key)
    if app is None or not signed.parameters.get("oauth_signature"):
        return None
    secret = apps.secret(signed.consumer_key)
    if secret is None:
        return app
    for url in signed.urls:
        request: Any = Signable(url, signed.method)  # type: ignore[arg-type]
        request.params = signed.pairs
        request.signature = signed.parameters["oauth_signature"]
        if rfc5849.verify_hmac_sha1(request, secret, token_secret):
            return app
    return None


def _in_time(timestamp: str) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        return False
    return abs(time.time() - int(timestamp)) <= TOLERANCE
