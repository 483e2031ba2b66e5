"""The tasks of the jobs worker, and the record of one whose process ended."""

import logging
from typing import Any

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import shared_task, signals

from streams import names

log = logging.getLogger(__name__)

BUSY_SECONDS = 2.0
"""How long the worker waits for a locked database; later the export's silence shows its end."""


@shared_task(name=names.TASK_EXPORT)
def export(order_id: str) -> None:
    """Make a file that somebody ordered; drop it once it has expired."""
    from workers.export.order import make  # models and captures: this child alone needs them

    make(order_id)


@signals.task_failure.connect
def _record_end(args: tuple[str, ...], exception: BaseException, **_: Any) -> None:
    """Record why a task ended early, in the worker itself when its child is gone."""
    from streams.clock import now_ms
    from streams.settings import settings
    from streams.store import Store, StoreError

    log.error("the export %s ended early: %s", args[0], exception)
    # A store of its own: children are forked from here, and must inherit no connection.
    store = Store.open(settings().database_url, BUSY_SECONDS)
    try:
        store.exports.ended(args[0], _reason(exception), now_ms())
    except StoreError as error:
        log.warning("the end of export %s is not recorded: %s", args[0], error)
    finally:
        store.engine.dispose()


def _reason(exception: BaseException) -> str:
    if isinstance(exception, WorkerLostError):
        return "Its process was killed, by hand or because the server had no memory left."
    if isinstance(exception, TimeLimitExceeded):
        return "It took too long."
    return "It failed; the reason is in the server's log."
