"""What a collector process does beside its tasks: looks after segments, deletes what must go."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import signals

from streams.live import LiveStoreError
from streams.settings import settings
from streams.store import StoreError
from workers import resources
from workers.captures.maintenance import process
from workers.captures.maintenance.segment_states import SegmentStates
from workers.deletion.compliance import ComplianceCheck
from workers.deletion.runner import DeletionRunner
from workers.lifecycle import heartbeats

log = logging.getLogger(__name__)

EVERY, AGAIN, AFTER_TROUBLE = 2.0, 1.0, 10.0
"""Seconds between two looks: when nothing is pending, when something is, when a store is away."""


def start(**_: Any) -> None:
    """Begin, in threads of their own, where captures are: with the collectors."""
    role, machine = heartbeats.worker_name().split("@", 1)
    if role != "collector":
        return
    process.start(settings())
    store, live = resources.store(), resources.live()
    runner = DeletionRunner(settings(), store, live, machine, resources.forgotten(), _now)
    compliance = ComplianceCheck(settings(), store, live, machine, heartbeats.stopping.wait, _now)
    states = SegmentStates(settings(), store, machine)
    steps = ((runner.step, AGAIN), (compliance.step, AFTER_TROUBLE), (states.step, AGAIN))
    for step, again in steps:
        threading.Thread(target=_keep, args=(step, again), name="upkeep", daemon=True).start()


signals.worker_ready.connect(start)
signals.worker_shutting_down.connect(process.stop)


def _keep(step: Callable[[], bool], again: float) -> None:
    """Step for as long as the process lives; whatever was cut short is taken up by the next."""
    pause = 0.0
    while not heartbeats.stopping.wait(pause):
        try:
            pause = again if step() else EVERY
        except (StoreError, LiveStoreError, OSError) as error:
            log.warning("a store cannot be reached, trying again: %s", str(error).splitlines()[0])
            pause = AFTER_TROUBLE
        except Exception:
            log.exception("the upkeep went wrong, trying again")
            pause = AFTER_TROUBLE


def _now() -> int:
    return int(time.time() * 1000)
