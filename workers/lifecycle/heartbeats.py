"""Heartbeats: every worker process reports that it is alive."""

import logging
from contextlib import suppress
from typing import Any

from celery import signals

from streams.clock import clock
from streams.live import LiveStoreError, heartbeats
from streams.live.clock import learn_from
from streams.live.connection import eviction_warning
from workers.connections import live

log = logging.getLogger(__name__)

_names: list[str] = []


def worker_name() -> str:
    """Return this worker's node name, such as `collector@host`."""
    return _names[0] if _names else "worker@here"


@signals.celeryd_after_setup.connect
def _named(sender: str, **_: Any) -> None:
    _names[:] = [sender]


def _beat(sender: Any = None, **_: Any) -> None:
    role, host = worker_name().split("@", 1)
    with suppress(LiveStoreError):  # Celery itself reports that Redis is away
        heartbeats.beat(live(), role, host)
        learn_from(live(), clock)


@signals.worker_ready.connect
def _warn_of_eviction(**_: Any) -> None:
    with suppress(LiveStoreError):
        if warning := eviction_warning(live()):
            log.warning("%s", warning)


signals.worker_ready.connect(_beat)
signals.heartbeat_sent.connect(_beat)


@signals.worker_shutdown.connect
def _clear(**_: Any) -> None:
    role, host = worker_name().split("@", 1)
    with suppress(LiveStoreError):
        heartbeats.clear(live(), role, host)
