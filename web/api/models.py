"""/models: the models that the taggers use, with their model cards."""

from typing import Any

from msgspec import Struct

from streams.live.models import ModelInUse, announced, in_use
from web.api.route import ApiCall, ApiRoute
from web.context import context


class ModelAnswer(Struct):
    """`card` is the model's own description; `since` is when a tagger loaded it (ms).

    `labels` are all that it gives, in the order of its hierarchy; posts that it cannot label are
    `unknown`.
    """

    version: str
    since: int
    card: dict[str, Any]
    tagger: str
    labels: list[str]


class ModelList(Struct):
    """Models for sentiment come first, and of these the newest, which labels posts now."""

    items: list[ModelAnswer]


def listing(_call: ApiCall) -> ModelList:
    """List the models in use."""
    found = announced(context().redis)
    return ModelList([_answer(each) for each in found])


def taggers(_call: ApiCall) -> ModelList:
    """List the model of each tagger, sentiment first."""
    return ModelList([_answer(each) for each in in_use(context().redis)])


def _answer(model: ModelInUse) -> ModelAnswer:
    return ModelAnswer(model.version, model.since, model.card, model.tagger, model.labels)


routes = (
    ApiRoute(
        "GET", "/models", "List the models that label posts, newest first", listing, ModelList
    ),
    ApiRoute("GET", "/taggers", "List the taggers that streams can choose", taggers, ModelList),
)
