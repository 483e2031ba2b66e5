"""GET /2/users/me: who signed in."""

from typing import Any

import msgspec
from flask import Blueprint, Response, request

from simulator import auth, fields
from simulator.problems import wrong_kind_of_token
from simulator.stream import check_budget

blueprint = Blueprint("me", __name__)


@blueprint.get("/2/users/me")
def me() -> Any:
    """Return the user on whose behalf the app calls; billed as one user read."""
    who = auth.caller()
    if who.user is None:
        accepted = "OAuth 1.0a User Context, OAuth 2.0 User Context"
        raise wrong_kind_of_token(who.scheme, accepted)
    auth.count(who.app, "me")
    check_budget(who.app)
    selection = fields.parse(request.args)
    who.app.meter.user_reads += 1
    body = msgspec.json.encode({"data": fields.user_fields(who.user, selection)})
    return Response(body, mimetype="application/json")
