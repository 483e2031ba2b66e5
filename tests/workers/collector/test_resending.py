"""A batch that Redis keeps and nobody relayed is sent again, unless its task waits there."""

import pytest
import redis

from streams import names
from streams.batch import Batch
from streams.live import batches
from streams.live.held_connection import HeldConnection
from streams.post import Post
from workers.app import tagger as app
from workers.collector.resending import send_again
from workers.tag_queue import TagQueue


def batch(number: int) -> Batch:
    return Batch("x", 1, number, [Post("7", "rain")], [("s",)])


def test_only_the_batch_whose_task_was_lost_is_sent_again(client: redis.Redis) -> None:
    queue = TagQueue(app, client)
    lost, waiting = batch(1), batch(11)
    for each in (lost, waiting):
        queue.put(each)
    client.rpop(names.QUEUE_TAG)  # a tagger took the older one, and was killed
    noted: list[str] = []
    for _ in range(3):
        send_again(client, [lost.id, waiting.id, "x:1:99"], queue.put, noted.append)
    assert noted == [lost.id]
    assert client.llen(names.QUEUE_TAG) == 2


def test_what_could_not_be_sent_again_is_not_taken_for_sent(client: redis.Redis) -> None:
    HeldConnection(client).ask(batches.kept(batch(1)))

    def refuse(_: Batch) -> None:
        raise ConnectionError("away")

    noted: list[str] = []
    with pytest.raises(ConnectionError, match="away"):
        send_again(client, [batch(1).id], refuse, noted.append)
    assert noted == []
