"""A batch that ends every tagger that takes it is relayed without labels at last."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis

import models
from models import Model
from streams import names
from streams.batch import Batch
from streams.live import batches
from streams.live.held_connection import HeldConnection
from streams.live.relay import Relay
from streams.post import Post
from tests.rig.valkey import Valkey
from workers.tagger import MOST_ATTEMPTS, label_batch


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    with valkey.client() as connected:
        yield connected


def batch() -> Batch:
    return Batch("x", 1, 1, [Post("1", "I love this, so happy", lang="en")], [("s",)])


def begun(client: redis.Redis) -> tuple[Batch, int]:
    """Take the batch as a tagger does."""
    taken, attempt = batches.begin(HeldConnection(client), batch().id)
    assert taken
    return taken, attempt


def deadly(name: str = "sentiment") -> Model:
    def predict(texts: list[str], langs: list[str]) -> None:
        raise SystemExit("the process ends here")

    fake: Any = SimpleNamespace(version="v", predict=predict)
    return cast(Model, fake)


def test_a_batch_that_ends_its_taggers_goes_on_without_labels_and_a_log_line(
    client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    HeldConnection(client).ask(batches.kept(batch()))
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            label_batch(*begun(client), deadly)
    last, attempt = begun(client)
    with caplog.at_level(logging.ERROR):
        label_batch(last, attempt, deadly)
    assert last.posts[0].label == "unknown"
    assert "x:1:1" in caplog.text


def test_an_attempt_that_is_relayed_leaves_nothing_behind(client: redis.Redis) -> None:
    model = models.load()
    HeldConnection(client).ask(batches.kept(batch()))
    labelled, attempt = begun(client)
    label_batch(labelled, attempt, lambda name="sentiment": model)
    assert labelled.posts[0].label == "positive"
    assert Relay(client, 500).push(labelled, 1)
    assert batches.begin(HeldConnection(client), labelled.id) == (None, 1)
    assert not Relay(client, 500).push(labelled, 1)
    assert not client.exists(names.attempts_key(labelled.id), names.batch_key(labelled.id))
