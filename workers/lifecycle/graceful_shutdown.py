"""Graceful shutdown: running tasks get to their end, and a deadline bounds what hangs."""

import os
import signal
import threading
import time
from types import FrameType
from typing import Any

from billiard import active_children
from celery import bootsteps, signals
from celery.worker import state
from kombu.common import ignore_errors

stopping = threading.Event()
"""Set by SIGTERM. In a threads pool it reaches tasks in no other way."""
DRAIN_SECONDS = 3.0
"""Seconds for the tasks that child processes are running."""
CHILDREN_SECONDS = 6.0
"""Seconds after which a child is killed: its unacknowledged task goes to another tagger."""
LAST_SECONDS = 3.5
"""Seconds more until SIGALRM ends the process itself, wherever it hangs."""


@signals.worker_shutting_down.connect
def _shutting_down(**_: Any) -> None:
    """Notify the tasks, and let the kernel keep the deadline: a thread could hang itself."""
    stopping.set()
    signal.signal(signal.SIGALRM, _kill_children)
    signal.setitimer(signal.ITIMER_REAL, CHILDREN_SECONDS)


@signals.beat_init.connect
def _end_beat_at_once(**_: Any) -> None:
    """Make SIGTERM end beat where it is: it keeps nothing, and Celery's own way can hang."""
    signal.signal(signal.SIGTERM, lambda signum, frame: os._exit(0))


def _kill_children(signum: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends the process
    signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)
    for child in active_children():
        os.kill(child.pid, signal.SIGKILL)


class DrainStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery carries no types
    """Runs the event loop of a closing worker until its children hold no task.

    Celery leaves the loop at once, and then forgets each task that a child has not confirmed. The
    child waits 30 s to be heard, or for ever for the rest of a task that was written by half.
    """

    requires = ("celery.worker.components:Pool",)

    def close(self, worker: Any) -> None:
        """Take no more tasks, and see to those that were taken."""
        consumer = worker.consumer
        if not worker.pool_cls.uses_semaphore or not consumer.connection:
            return  # threads need no loop to end, and without Redis nothing comes of it
        if consumer.task_consumer:
            ignore_errors(consumer, consumer.task_consumer.cancel)  # type: ignore[no-untyped-call]
        loop = worker.hub.create_loop()
        deadline = time.monotonic() + DRAIN_SECONDS
        while state.reserved_requests and time.monotonic() < deadline:
            next(loop)
