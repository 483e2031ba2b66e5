"""The queue of the taggers: a batch and its task reach Redis in one step."""

from base64 import b64decode, b64encode
from typing import Any
from uuid import uuid4

import msgspec
import redis
from celery import Celery
from kombu.connection import Connection

from streams import names
from streams.batch import Batch
from streams.live import batches
from streams.live.held_connection import HeldConnection


class TagQueue:
    """Sends copies of a task that Celery wrote once: written anew for each batch, it costs more
    than all else that a collector does with one.
    """

    def __init__(self, app: Celery, client: redis.Redis) -> None:
        self._redis = HeldConnection(client)
        self._task = written_by(app)
        self._body = msgspec.json.decode(b64decode(self._task["body"]))

    def put(self, batch: Batch) -> None:
        """Keep a batch and send its task, or neither; raises ConnectionError."""
        try:
            task = ("LPUSH", names.QUEUE_TAG, self._task_of(batch.id))
            self._redis.transact(task, batches.kept(batch))
        except redis.exceptions.RedisError as error:
            raise ConnectionError(str(error)) from error

    def _task_of(self, batch_id: str) -> bytes:
        """Return the task of a batch, which has the batch's id."""
        _, *rest = self._body
        task, args = self._task, [batch_id]
        own = {"id": batch_id, "root_id": batch_id, "parent_id": None, "argsrepr": repr(args)}
        delivery = {"correlation_id": batch_id, "delivery_tag": str(uuid4())}
        return msgspec.json.encode(
            {
                **task,
                "body": b64encode(msgspec.json.encode([args, *rest])).decode(),
                "headers": {**task["headers"], **own},
                "properties": {**task["properties"], **delivery},
            }
        )


def written_by(app: Celery) -> dict[str, Any]:
    """Return a tagging task as Celery puts it into Redis, by way of a broker in memory."""
    with Connection("memory://") as broker:  # type: ignore[no-untyped-call]
        app.send_task(names.TASK_TAG, ["-"], connection=broker, retry=False)
        message = broker.default_channel.basic_get(names.QUEUE_TAG, no_ack=True)
        task: dict[str, Any] = message.serializable()
    return task
