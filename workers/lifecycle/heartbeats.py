"""How a worker process tells its collectors to stop, and the world that it lives."""

import logging
import threading
from contextlib import suppress
from typing import Any

from celery import signals

from models import ArtefactError
from streams.live import LiveStoreError, heartbeats, machines
from streams.settings import settings
from workers import resources
from workers.lifecycle.machine import this_machine

log = logging.getLogger(__name__)

stopping = threading.Event()
"""Set when the process was asked to end. In a threads pool SIGTERM reaches tasks no other way."""

_names: list[str] = []


def worker_name() -> str:
    """Return this worker's node name, such as `collector@host`."""
    return _names[0] if _names else "worker@here"


def _prove(sender: Any = None, **_: Any) -> None:
    role, host = worker_name().split("@", 1)
    with suppress(LiveStoreError):  # Celery itself says that Redis is away
        heartbeats.beat(resources.live(), role, host)
        if role == "collector":
            machines.report(resources.live(), this_machine(host, settings()))


@signals.celeryd_after_setup.connect
def _named(sender: str, **_: Any) -> None:
    _names[:] = [sender]


@signals.worker_shutting_down.connect
def _shutting_down(**_: Any) -> None:
    stopping.set()


signals.worker_ready.connect(_prove)
signals.heartbeat_sent.connect(_prove)


@signals.worker_shutdown.connect
def _gone(**_: Any) -> None:
    role, host = worker_name().split("@", 1)
    with suppress(LiveStoreError):
        heartbeats.clear(resources.live(), role, host)


@signals.worker_process_init.connect
def _load_model(**_: Any) -> None:
    """Load the model before the first batch needs it: only taggers have child processes."""
    try:
        resources.model()
    except (LiveStoreError, ArtefactError) as error:
        log.error("no model yet: %s", error)  # every batch tries again
