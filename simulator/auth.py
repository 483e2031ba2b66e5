"""Who calls: app-only bearer tokens, OAuth 1.0a signatures, OAuth 2.0 user tokens."""

from typing import NamedTuple

from flask import current_app, g, request

from simulator import signature, tokens
from simulator.apps import App
from simulator.posts import Record
from simulator.problems import too_many_requests, unauthorized, wrong_kind_of_token
from simulator.state import SimulatorState


class Caller(NamedTuple):
    """An app, and the user on whose behalf it calls, if any; `scheme` as X names it."""

    app: App
    user: Record | None
    scheme: str


def simulator_state() -> SimulatorState:
    """Return the simulator behind the current request."""
    here: SimulatorState = current_app.extensions["simulator"]
    return here


def caller() -> Caller:
    """Find out who calls. Raises the 401 problem."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _bearer(value.strip())
    if scheme.lower() == "oauth":
        return _signed()
    raise unauthorized()


def count(app: App, kind: str) -> None:
    """Count a request. Raises the 429 problem past the limit; keeps the headers for the answer."""
    within, g.rate_headers = app.windows.take(kind)
    if not within:
        raise too_many_requests()


def app_only(kind: str) -> App:
    """Admit app-only callers, and count the request as one of a kind."""
    who = caller()
    if who.user is not None:
        raise wrong_kind_of_token(who.scheme, "OAuth 2.0 Application-Only")
    count(who.app, kind)
    return who.app


def _bearer(token: str) -> Caller:
    if grant := simulator_state().grants.get(token):
        app = simulator_state().apps.find(grant.client_id)
        if app is not None:
            return Caller(
                app, simulator_state().users.sign_in(grant.username), "OAuth 2.0 User Context"
            )
    key = tokens.bearer_owner(token)
    app = (
        simulator_state().apps.find(key) if key and token not in simulator_state().revoked else None
    )
    if app is None:
        raise unauthorized()
    return Caller(app, None, "OAuth 2.0 Application-Only")


def _signed() -> Caller:
    sign = signature.read(request)
    owner = tokens.user_token_owner(sign.token) if sign else None
    if sign is None or owner is None or owner.consumer_key != sign.consumer_key:
        raise unauthorized()
    app = signature.verify(simulator_state().apps, sign, tokens.secret_of(sign.token))
    if app is None:
        raise unauthorized()
    return Caller(app, simulator_state().users.sign_in(owner.username), "OAuth 1.0a User Context")
