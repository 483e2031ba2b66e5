"""OAuth 2.0: the app-only bearer token, and sign-in with PKCE."""

import base64
import binascii
import hashlib
import time
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, redirect, request

from simulator import authorize_page, tokens
from simulator.apps import App
from simulator.auth import simulator_state
from simulator.oauth import is_callback, with_query
from simulator.problems import Problem, legacy
from simulator.sign_ins import Grant

blueprint = Blueprint("oauth2", __name__)
CODE_SECONDS = 30.0
TOKEN_SECONDS = 7_200
_ASKED = ("client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")


@blueprint.post("/oauth2/token")
def app_only() -> Any:
    """Issue the bearer token; the same one each time."""
    app = _basic()
    if app is None:
        raise legacy(403, 99, "Unable to verify your credentials")
    if request.form.get("grant_type") != "client_credentials":
        raise legacy(403, 170, "Missing required parameter: grant_type")
    token = tokens.bearer(app.consumer_key)
    simulator_state().revoked.discard(token)
    return {"token_type": "bearer", "access_token": token}


@blueprint.post("/oauth2/invalidate_token")
def invalidate() -> Any:
    """Take an app's bearer token back, until it asks for it again."""
    app = _basic()
    token = request.values.get("access_token", "")
    if app is None or token != tokens.bearer(app.consumer_key):
        raise legacy(403, 99, "Unable to verify your credentials")
    simulator_state().revoked.add(token)
    return {"access_token": token}


@blueprint.get("/i/oauth2/authorize")
def show() -> Any:
    """Ask the person, as the OAuth 1.0a page does."""
    wanted = {name: request.args.get(name, "") for name in _ASKED}
    if error := _refusal(wanted) or (
        request.args.get("response_type") != "code" and "response_type must be code"
    ):
        return authorize_page.refuse(error, 400)
    return authorize_page.ask(wanted["client_id"], wanted)


@blueprint.post("/i/oauth2/authorize")
def decide() -> Any:
    """Go back to the app with a code, or with `error=access_denied`."""
    wanted = {name: request.form.get(name, "") for name in _ASKED}
    if error := _refusal(wanted):
        return authorize_page.refuse(error, 400)
    back, state = wanted["redirect_uri"], wanted["state"]
    decision, username = request.form.get("decision"), request.form.get("username", "").strip()
    if decision == "deny":
        return redirect(with_query(back, error="access_denied", state=state), 302)
    if decision != "allow":
        return authorize_page.ask(wanted["client_id"], wanted, username, "Choose Allow or Deny.")
    try:
        simulator_state().users.sign_in(username)
    except ValueError as problem:
        return authorize_page.ask(wanted["client_id"], wanted, username, str(problem))
    code = tokens.fresh()
    simulator_state().grants.codes[code] = Grant(
        wanted["client_id"],
        username,
        wanted["scope"],
        time.time() + CODE_SECONDS,
        back,
        wanted["code_challenge"],
        wanted["code_challenge_method"] or "plain",
    )
    return redirect(with_query(back, state=state, code=code), 302)


@blueprint.post("/2/oauth2/token")
def exchange() -> Any:
    """Issue user tokens for a code or a refresh token."""
    app = _basic()
    client_id = app.consumer_key if app else request.form.get("client_id", "")
    kind = request.form.get("grant_type")
    if "Authorization" in request.headers and app is None:
        raise _oauth2_error(401, "unauthorized_client", "Missing valid authorization header")
    if kind == "authorization_code":
        grant = simulator_state().grants.codes.pop(request.form.get("code", ""), None)
        if grant is None or not _redeems(grant):
            raise _oauth2_error(
                400, "invalid_request", "Value passed for the authorization code was invalid."
            )
    elif kind == "refresh_token":
        grant = simulator_state().grants.refresh.pop(request.form.get("refresh_token", ""), None)
    else:
        raise _oauth2_error(400, "unsupported_grant_type", "grant_type is not supported")
    if grant is None or grant.client_id != client_id:
        raise _oauth2_error(400, "invalid_request", "Value passed for the token was invalid.")
    return _tokens(grant)


@blueprint.post("/2/oauth2/revoke")
def revoke() -> Any:
    """Take a user's token back."""
    token = request.form.get("token", "")
    simulator_state().grants.access.pop(token, None)
    simulator_state().grants.refresh.pop(token, None)
    return {"revoked": True}


def _tokens(grant: Grant) -> dict[str, Any]:
    access, refresh = tokens.fresh(48), tokens.fresh(48)
    simulator_state().grants.access[access] = grant._replace(expires=time.time() + TOKEN_SECONDS)
    answer = {
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "access_token": access,
        "scope": grant.scope,
    }
    if "offline.access" in grant.scope.split():
        simulator_state().grants.refresh[refresh] = grant
        answer["refresh_token"] = refresh
    return answer


def _redeems(grant: Grant) -> bool:
    """Return whether the shown verifier and address are those that the code was asked with."""
    verifier = request.form.get("code_verifier", "")
    if grant.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return (
        time.time() < grant.expires
        and request.form.get("redirect_uri") == grant.redirect_uri
        and verifier == grant.challenge
    )


def _refusal(wanted: dict[str, str]) -> str:
    """Return what is wrong with a request for authorization, or nothing."""
    if simulator_state().apps.find(wanted["client_id"]) is None:
        return "client_id is not known"
    if not is_callback(wanted["redirect_uri"]):
        return "redirect_uri must be an http or https address"
    if len(wanted["state"]) > 500:
        return "state must have 500 characters at most"
    if not wanted["code_challenge"]:
        return "code_challenge is missing"
    if wanted["code_challenge_method"] not in ("S256", "plain", ""):
        return "code_challenge_method must be S256 or plain"
    return ""


def _basic() -> App | None:
    """Return the app of HTTP basic credentials, which X wants percent-encoded."""
    scheme, _, packed = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return simulator_state().apps.check(unquote(key), unquote(secret))


def _oauth2_error(status: int, error: str, description: str) -> Problem:
    return Problem(status, {"error": error, "error_description": description})
