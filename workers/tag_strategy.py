"""How a worker that labels by itself starts a tagging task: straight from the message."""

import logging
from collections.abc import Callable
from typing import Any

from celery.concurrency.solo import TaskPool
from celery.worker import strategy

from workers.lifecycle.task_events import is_shown

log = logging.getLogger(__name__)


def straight(task: Any, app: Any, consumer: Any, **options: Any) -> Callable[..., None]:
    """Return what handles messages: Celery's own for child processes, and for what Flower shows.

    Celery's requests, events and traces serve children, retries and results, and cost a batch as
    much as all that Redis is asked for it.
    """
    by_celery: Callable[..., None] = strategy.default(task, app, consumer, **options)
    if not isinstance(consumer.pool, TaskPool):
        return by_celery

    def handle(message: Any, body: Any, ack: Any, reject: Any, callbacks: Any) -> None:
        task_id = message.headers["id"]
        if is_shown(task_id):
            by_celery(message, body, ack, reject, callbacks)
            return
        try:
            task.run(task_id)  # which is the id of its batch
        except Exception:
            log.exception("the task of batch %s failed", task_id)
        ack(log, consumer.connection_errors)

    return handle
