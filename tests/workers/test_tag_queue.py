"""A batch and its task reach Redis together, the task as Celery itself would have written it."""

from base64 import b64decode
from typing import Any

import msgspec
import pytest
import redis
from kombu.connection import Connection

from streams import names
from streams.batch import Batch
from streams.live import batches
from streams.post import Post
from tests.rig.valkey import Valkey
from workers.app import tagger as app
from workers.tag_queue import TagQueue

BATCH = Batch("x@lab-2", 3, 14, [Post("7", "rain")], [("s",)])


def tasks(client: redis.Redis) -> list[Any]:
    """What waits in the queue, with what Celery wraps in base64 unwrapped."""
    found = [msgspec.json.decode(each) for each in client.lrange(names.QUEUE_TAG, 0, -1)]
    return [each | {"body": msgspec.json.decode(b64decode(each["body"]))} for each in found]


def test_a_task_is_as_celery_writes_it_and_named_like_its_batch(valkey: Valkey) -> None:
    broker = Connection(valkey.url)  # type: ignore[no-untyped-call]
    with valkey.client() as client, broker:
        queue = TagQueue(app, client)
        queue.put(BATCH)
        queue.put(BATCH)
        app.send_task(names.TASK_TAG, [BATCH.id], task_id=BATCH.id, connection=broker)
        written = tasks(client)
        assert batches.read(client, BATCH.id) == BATCH
        assert 0 < client.ttl(names.batch_key(BATCH.id)) <= batches.KEPT_SECONDS
    tags = {task["properties"].pop("delivery_tag") for task in written}
    assert len(tags) == len(written) == 3
    assert written[0] == written[1] == written[2]


def test_a_redis_that_refuses_has_neither(valkey: Valkey) -> None:
    with valkey.client() as client:
        queue = TagQueue(app, client)
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(ConnectionError, match="maxmemory"):
                queue.put(BATCH)
        finally:
            client.config_set("maxmemory", 0)
        assert client.keys("*") == []
