"""/models: the models that the taggers use, with their model cards."""

from typing import Any

from msgspec import Struct

from streams.live.models import announced
from web.api.route import ApiCall, ApiRoute
from web.context import context


class ModelAnswer(Struct):
    """`card` is the model's own description; `since` is when a tagger loaded it (ms)."""

    version: str
    since: int
    card: dict[str, Any]


class ModelList(Struct):
    """The newest, which labels posts now, comes first."""

    items: list[ModelAnswer]


def listing(_call: ApiCall) -> ModelList:
    """List the models in use."""
    found = announced(context().redis)
    return ModelList([ModelAnswer(each.version, each.since, each.card) for each in found])


routes = (
    ApiRoute(
        "GET", "/models", "List the models that label posts, newest first", listing, ModelList
    ),
)
