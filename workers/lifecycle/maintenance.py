"""Maintenance threads of a collector: sealed segments, and the processes of deletions."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from celery import signals

from streams.clock import now_ms
from streams.live import LiveStoreError
from streams.settings import settings
from streams.store import StoreError
from workers import resources
from workers.captures.maintenance import process
from workers.captures.maintenance.segment_states import SegmentStates
from workers.deletion.process import DeletionProcess
from workers.lifecycle import heartbeats
from workers.lifecycle.graceful_shutdown import stopping
from workers.lifecycle.outage_log import OutageLog

log = logging.getLogger(__name__)

IDLE, PENDING, STORE_AWAY = 2.0, 1.0, 10.0
"""Seconds between two steps: when nothing is pending, when something is, when a store is away."""


def start(**_: Any) -> None:
    """Start one thread for each kind of work, in collector processes only: they have captures."""
    role, machine = heartbeats.worker_name().split("@", 1)
    if role != "collector":
        return
    process.start(settings())
    store = resources.store()
    deleted = resources.forgotten()
    deletions = DeletionProcess(store, machine, deleted, now_ms, stopping)
    compliance = DeletionProcess(store, machine, deleted, now_ms, stopping, compliance=True)
    states = SegmentStates(settings(), store, machine)
    steps = ((deletions.step, PENDING), (compliance.step, STORE_AWAY), (states.step, PENDING))
    for step, pause in steps:
        threading.Thread(
            target=_repeat, args=(step, pause), name="maintenance", daemon=True
        ).start()


signals.worker_ready.connect(start)
signals.worker_shutting_down.connect(process.stop)


def _repeat(step: Callable[[], bool], while_pending: float) -> None:
    """Step for as long as the process lives; a step that was cut short is repeated."""
    outage = OutageLog(log, "maintenance waits")
    pause = 0.0
    while not stopping.wait(pause):
        try:
            pause = while_pending if step() else IDLE
            outage.succeeded()
        except (StoreError, LiveStoreError, OSError) as error:
            outage.failed(error)
            pause = STORE_AWAY
        except Exception:
            log.exception("a maintenance step failed; it is tried again in 10 s")
            pause = STORE_AWAY
