"""The task queue: tasks that the web process sends to the workers, by name, through Celery."""

import gevent
from celery import Celery
from kombu.exceptions import OperationalError

from streams.live import LiveStoreError
from streams.names import QUEUE_CONTROL

SECONDS = 2
"""How long the broker may take: a start is answered within 3 s."""


class TaskQueueDown(Exception):  # noqa: N818
    """The broker does not answer, or takes no writes."""


class TaskQueue:
    """Sends tasks about streams, trials and exports, by default to the control queue."""

    def __init__(self) -> None:
        self._celery = Celery("web", set_as_current=False)
        self._celery.config_from_object("celeryconfig")

    def send(self, name: str, subject_id: str, queue: str = QUEUE_CONTROL) -> None:
        """Send a task about a stream, trial or export, or raise TaskQueueDown within seconds."""
        try:
            with gevent.Timeout(SECONDS, TimeoutError):
                self._celery.send_task(
                    name, args=[subject_id], queue=queue, ignore_result=True, retry=False
                )
        except (OperationalError, LiveStoreError, OSError) as error:
            raise TaskQueueDown(str(error)) from None
