"""Task events, which Flower shows: of every task, but of tagging one batch in fifty."""

from typing import Any

from celery.app import events
from celery.events import EventDispatcher

ONE_IN = 50
"""Batches of which one is shown: three events for each took a fifth of a tagger's parent's time."""


def is_shown(task_id: str) -> bool:
    """Return whether a task sends events; the id of a tagging task is that of its batch."""
    _, colon, number = task_id.rpartition(":")
    return not colon or int(number) % ONE_IN == 1


class SampledDispatcher(EventDispatcher):  # type: ignore[misc]  # Celery carries no types
    """Sends all events of a task or none."""

    def send(self, type: str, *args: Any, **fields: Any) -> None:
        """Send an event, unless it is of a batch that is not shown."""
        if not type.startswith("task-") or is_shown(fields["uuid"]):
            super().send(type, *args, **fields)


class Events(events.Events):  # type: ignore[misc]
    """Makes Celery use that dispatcher."""

    dispatcher_cls = f"{__name__}:SampledDispatcher"
