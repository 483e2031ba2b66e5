"""Which models the taggers use: what each said of itself when it took a model up."""

import msgspec
import redis

from streams import names


class ModelInUse(msgspec.Struct, frozen=True):
    """`card` is the model's own description; `since` is ms since the epoch."""

    version: str
    since: int
    card: dict[str, object]


def announce(client: redis.Redis, model: ModelInUse) -> None:
    """Record that a tagger loaded a model; the first one sets the time."""
    client.hsetnx(names.MODELS, model.version, msgspec.json.encode(model))


def announced(client: redis.Redis) -> list[ModelInUse]:
    """List the models that taggers took up, newest first."""
    values = client.hvals(names.MODELS)
    models = [msgspec.json.decode(value, type=ModelInUse) for value in values]
    return sorted(models, key=lambda model: -model.since)
