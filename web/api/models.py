"""Models over REST: which the taggers use, and how good each says it is."""

from typing import Any

from msgspec import Struct

from streams.live.models import announced
from web.api.route import Call, Route
from web.parts import parts


class ModelAnswer(Struct):
    """`card` is the model's own description; `since` is when a tagger took it up (ms)."""

    version: str
    since: int
    card: dict[str, Any]


class Models(Struct):
    """The newest, which labels posts now, is first."""

    items: list[ModelAnswer]


def listing(_call: Call) -> Models:
    """List the models in use."""
    found = announced(parts().redis)
    return Models([ModelAnswer(each.version, each.since, each.card) for each in found])


routes = (
    Route("GET", "/models", "List the models that label posts, newest first", listing, Models),
)
