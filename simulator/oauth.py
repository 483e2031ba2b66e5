"""OAuth 1.0a in three steps: request token, a person's decision, access token."""

import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, request

from simulator import authorize_page, signature, tokens
from simulator.apps import App
from simulator.auth import simulator_state
from simulator.problems import legacy
from simulator.sign_ins import RequestToken

blueprint = Blueprint("oauth", __name__)
OUT_OF_BAND = "oob"
_DEAD = "This request token is unknown, used up or too old. Please start again from the app."


@blueprint.post("/oauth/request_token")
def request_token() -> Response:
    """Step 1: `oauth_callback` in, a request token out."""
    signed = signature.read(request)
    app = signature.verify(simulator_state().apps, signed, "") if signed else None
    if signed is None or app is None:
        raise legacy(401, 32, "Could not authenticate you.")
    callback = signed.parameters.get("oauth_callback", "")
    if not is_callback(callback):
        raise legacy(
            403,
            415,
            "Callback URL not approved for this client application. "
            "Approved callback URLs can be adjusted in your application settings",
        )
    token = RequestToken(app.consumer_key, callback)
    simulator_state().pending.add(token)
    return _form(
        oauth_token=token.token,
        oauth_token_secret=token.secret,
        oauth_callback_confirmed="true",
    )


@blueprint.get("/oauth/authorize")
@blueprint.get("/oauth/authenticate")
def show() -> Response:
    """Step 2, shown: the page with the two buttons."""
    token = _open_token(request.args.get("oauth_token", ""))
    if token is None:
        return authorize_page.refuse(_DEAD, 403)
    hidden = {"oauth_token": token.token}
    return authorize_page.ask(token.consumer_key, hidden, request.args.get("screen_name", ""))


@blueprint.post("/oauth/authorize")
@blueprint.post("/oauth/authenticate")
def decide() -> Any:
    """Step 2, decided: back to the callback with a verifier or with `denied`."""
    token = _open_token(request.values.get("oauth_token", ""))
    if token is None:
        return authorize_page.refuse(_DEAD, 403)
    decision, username = request.form.get("decision"), request.form.get("username", "").strip()
    if decision == "deny":
        simulator_state().pending.remove(token)
        if token.callback == OUT_OF_BAND:
            return authorize_page.refuse("You have denied the app access.", 200)
        return redirect(with_query(token.callback, denied=token.token), 302)
    hidden = {"oauth_token": token.token}
    if decision != "allow":
        return authorize_page.ask(token.consumer_key, hidden, username, "Choose Allow or Deny.")
    try:
        simulator_state().users.sign_in(username.removeprefix("@"))
    except ValueError as error:
        return authorize_page.ask(token.consumer_key, hidden, username, str(error))
    token.username = username.removeprefix("@")
    if token.callback == OUT_OF_BAND:
        token.verifier = f"{secrets.randbelow(10_000_000):07d}"
        return authorize_page.show_pin(token.verifier)
    token.verifier = tokens.fresh(24)
    there = with_query(token.callback, oauth_token=token.token, oauth_verifier=token.verifier)
    return redirect(there, 302)


@blueprint.post("/oauth/access_token")
def access_token() -> Response:
    """Step 3: request token and verifier in, the user's access token out."""
    signed = signature.read(request)
    token = simulator_state().pending.get(signed.token) if signed else None
    if signed is None or token is None or signed.consumer_key != token.consumer_key:
        raise legacy(401, 89, "Invalid or expired token.")
    app: App | None = signature.verify(simulator_state().apps, signed, token.secret)
    if app is None:
        raise legacy(401, 32, "Could not authenticate you.")
    shown = signed.parameters.get("oauth_verifier", "")
    if token.verifier is None or not secrets.compare_digest(
        shown.encode(), token.verifier.encode()
    ):
        message = "Error processing your OAuth request: Invalid oauth_verifier parameter"
        return Response(message, 401, mimetype="text/html")
    simulator_state().pending.remove(token)
    user = simulator_state().users.sign_in(token.username).data
    owner = tokens.UserToken(app.consumer_key, user["id"], user["username"])
    access = tokens.user_token(owner)
    return _form(
        oauth_token=access,
        oauth_token_secret=tokens.secret_of(access),
        user_id=user["id"],
        screen_name=user["username"],
    )


def _open_token(value: str) -> RequestToken | None:
    """Return a request token that waits for a decision."""
    token = simulator_state().pending.get(value)
    return token if token and token.verifier is None else None


def is_callback(url: str) -> bool:
    """Return whether a person can be sent there."""
    if url == OUT_OF_BAND:
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()


def with_query(url: str, **more: str) -> str:
    """Add parameters to an address."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query))


def _form(**values: str) -> Response:
    """Answer as X does: form text under the name of HTML."""
    return Response(urlencode(values), mimetype="text/html")
