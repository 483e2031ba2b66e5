"""Which models the taggers use: what each said of itself when it took a model up."""

import msgspec
import redis

from streams import names

SENTIMENT = "sentiment"
"""The tagger whose labels are counted; it labels every post."""


class ModelInUse(msgspec.Struct, frozen=True):
    """`card` is the model's own description; `since` is ms since the epoch."""

    version: str
    since: int
    card: dict[str, object]
    tagger: str = SENTIMENT
    labels: list[str] = []
    """All labels but `unknown`, in the order of the tagger's hierarchy."""


def announce(client: redis.Redis, model: ModelInUse) -> None:
    """Record that a tagger loaded a model; the first one sets the time."""
    record(client, model)
    client.hset(names.TAGGERS, model.tagger, model.version)


def record(client: redis.Redis, model: ModelInUse) -> None:
    """Record a model that labels beside the tagger's own; the first one sets the time."""
    client.hsetnx(names.MODELS, model.version, msgspec.json.encode(model))


def announced(client: redis.Redis) -> list[ModelInUse]:
    """List the models that taggers took up: those for sentiment first, then newest first."""
    values = client.hvals(names.MODELS)
    models = [msgspec.json.decode(value, type=ModelInUse) for value in values]
    return sorted(models, key=lambda model: (model.tagger != SENTIMENT, -model.since))


def in_use(client: redis.Redis) -> list[ModelInUse]:
    """List the model that each tagger uses now, sentiment first, then by name."""
    models = announced(client)
    newest = client.hmget(names.TAGGERS, [each.tagger for each in models]) if models else []
    found = [
        each
        for each, version in zip(models, newest, strict=True)
        if version == each.version.encode()
    ]
    return sorted(found, key=lambda model: (model.tagger != SENTIMENT, model.tagger))
