"""The task that labels a batch: all that a tagger imports."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec
import redis
from celery import shared_task

from streams import names
from streams.live import batches
from streams.live.connection import may_pass
from streams.settings import settings
from workers import resources
from workers.lifecycle import heartbeats  # noqa: F401  # starts the heartbeat of this process
from workers.lifecycle.outage_log import OutageLog
from workers.tagger import declared_languages, detected_languages, label_batch

log = logging.getLogger(__name__)

T = TypeVar("T")

_redis_outage = OutageLog(log, "the batch waits in this tagger")


@shared_task(name=names.TASK_TAG, Strategy="workers.tag_strategy:straight")
def tag(batch_id: str) -> None:
    """Label a batch and relay it, however long Redis hangs; again and again it is relayed once."""
    try:
        batch, attempt = _persist(lambda: batches.begin(resources.held(), batch_id))
    except msgspec.DecodeError as error:
        log.error("%s is no batch and is dropped: %s", batch_id, error)
        return
    if batch is None:
        log.warning("batch %s is not in Redis: it was relayed, or Redis lost it", batch_id)
        return
    languages = detected_languages if settings().detect_language else declared_languages
    label_batch(batch, attempt, resources.model, languages, resources.accurate_share())
    _persist(lambda: resources.frames().push(batch, int(time.time())))


def _persist(step: Callable[[], T]) -> T:
    """Take a step until Redis lets it pass; raises what no waiting mends."""
    while True:
        try:
            result = step()
        except redis.exceptions.RedisError as error:
            if not may_pass(error):
                raise
            _redis_outage.failed(error)
            time.sleep(1)
        else:
            _redis_outage.succeeded()
            return result
