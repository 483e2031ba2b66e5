"""/places/suggest: completes the names of places."""

from typing import Annotated

import msgspec

from streams.place import Place
from web.api.route import ApiCall, ApiRoute
from web.context import context
from web.limits import LOOK_UPS


class SuggestQuery(msgspec.Struct, forbid_unknown_fields=True):
    """The beginning of a name."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=20)] = 8


class Suggestions(msgspec.Struct):
    """Best first."""

    items: list[Place]


def suggest(call: ApiCall) -> Suggestions:
    """Suggest places."""
    return Suggestions(context().places.suggest(call.query.q, call.query.limit))


routes = (
    ApiRoute(
        "GET",
        "/places/suggest",
        "Suggest places whose names begin with a text",
        suggest,
        Suggestions,
        query=SuggestQuery,
        limit=LOOK_UPS,
        refuses=(429,),
    ),
)
