"""The child processes of the jobs worker: bounded, and stopped with their worker."""

import os
import signal
import sys
from typing import Any

from billiard import active_children
from celery import signals

from streams.settings import ROOT, settings
from workers.lifecycle import heartbeats  # noqa: F401  # starts the heartbeat of this process
from workers.lifecycle.bounds import bound


@signals.worker_process_init.connect
def _bound_child(**_: Any) -> None:
    """Bound every child before it takes a task; between tasks it ignores a shutdown."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.path.insert(0, str(ROOT))  # `celery` has it there only while it loads the application
    bound(settings().job_memory)


@signals.worker_shutting_down.connect
def _notify_children(**_: Any) -> None:
    """Make the running task put its work back: prefork does not pass the signal on."""
    for child in active_children():
        os.kill(child.pid, signal.SIGTERM)
