"""How a worker ends: what its children have begun comes to its end, and nothing takes for ever."""

import os
import signal
import time
from types import FrameType
from typing import Any

from billiard import active_children
from celery import bootsteps, signals
from celery.worker import state
from kombu.common import ignore_errors

DRAIN_SECONDS = 3.0
"""For the tasks that the children have in hand."""
CHILDREN_SECONDS = 6.0
"""Then a child that is left is killed: its task was not acknowledged, and another does it."""
LAST_SECONDS = 3.5
"""More, then the process itself is ended, wherever it hangs."""


@signals.worker_shutting_down.connect
def _in_time(**_: Any) -> None:
    """Have the kernel keep the time: a thread could wait for a lock that hangs too."""
    signal.signal(signal.SIGALRM, _kill_children)
    signal.setitimer(signal.ITIMER_REAL, CHILDREN_SECONDS)


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
