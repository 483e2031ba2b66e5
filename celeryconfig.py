"""Celery's configuration: Redis as broker, JSON only, one queue for each kind of work."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import schedule

from streams.live.connection import timeouts
from streams.names import (
    QUEUE_COLLECT,
    QUEUE_CONTROL,
    QUEUE_JOBS,
    QUEUE_TAG,
    TASK_CHECK_INSTANCE,
    TASK_COLLECT,
    TASK_EXPORT,
    TASK_RECONCILE,
    TASK_START,
    TASK_STOP,
    TASK_TAG,
    TASK_TRY,
)
from streams.settings import settings

RECONCILE_SECONDS = 2.0

# No result backend: nobody waits for a result, and every `send_task` would subscribe to its own.
broker_url = settings().redis_url
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a Redis that comes back finds its workers
broker_channel_error_retry = True  # an error reply (READONLY, OOM, MISCONF) must not end a worker
broker_transport_options = {
    # Seconds after which a task that a killed worker held is given to another ...
    "visibility_timeout": 30,
    # ... checked once a second; by default a channel checks every tenth time, and throttles that.
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    **timeouts(),
}

task_serializer = event_serializer = "json"
accept_content = ["json"]
task_ignore_result = True
enable_utc = True
timezone = "UTC"

task_default_queue = QUEUE_CONTROL
task_routes = {
    TASK_COLLECT: {"queue": QUEUE_COLLECT},
    TASK_START: {"queue": QUEUE_CONTROL},
    TASK_STOP: {"queue": QUEUE_CONTROL},
    TASK_RECONCILE: {"queue": QUEUE_CONTROL},
    TASK_TAG: {"queue": QUEUE_TAG},
    TASK_TRY: {"queue": QUEUE_CONTROL},
    TASK_CHECK_INSTANCE: {"queue": QUEUE_CONTROL},
    TASK_EXPORT: {"queue": QUEUE_JOBS},
}
# A batch is tagged again when the child of its tagger dies. A collector runs past every visibility
# timeout, so it is acknowledged early, and `reconcile` replaces one that died.
#
# An export is acknowledged early, too, as it takes longer than any visibility timeout: SQL knows
# the orders, and a killed one is sent again (`workers/jobs/tasks.py`).
task_annotations = {
    TASK_TAG: {"acks_late": True, "reject_on_worker_lost": True},
    TASK_EXPORT: {
        "soft_time_limit": settings().job_seconds,  # it ends by itself, and says why
        "time_limit": settings().job_seconds + 60,
    },
}
# What a tagger did for a connection that was lost cannot be acknowledged any more, and to try ends
# the worker. The batch comes again.
worker_cancel_long_running_tasks_on_connection_loss = True

worker_concurrency = settings().taggers
worker_consumer = "workers.lifecycle.consumer:Consumer"
worker_prefetch_multiplier = 1
worker_send_task_events = True  # for Flower

_started = (datetime.now(UTC), time.monotonic())


def _monotonic_now() -> datetime:
    """Return a time that a step of the machine's clock does not move: beat would stop sending."""
    return _started[0] + timedelta(seconds=time.monotonic() - _started[1])


beat_schedule = {
    "reconcile": {
        "task": TASK_RECONCILE,
        "schedule": schedule(RECONCILE_SECONDS, nowfun=_monotonic_now),
        # No task expires: a worker would judge by its own clock what a sender wrote by another.
    }
}
# Kept in memory: Celery's own file is closed under a loop that still reads it when beat ends.
beat_scheduler = "celery.beat:Scheduler"


def _tls() -> dict[str, Any] | None:
    """Celery wants the certificate rule spelled out for every `rediss://` address."""
    if not settings().redis_url.startswith("rediss://"):
        return None
    verify = settings().redis_verify
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED if verify else ssl.CERT_NONE}


broker_use_ssl = _tls()
