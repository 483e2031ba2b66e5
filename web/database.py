"""Access to the database that blocks no other greenlet, and has a time limit."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import gevent
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool

from streams.store import DatabaseTooSlow, Store

Result = TypeVar("Result")

LOCK_SECONDS = 2.0
"""How long a request waits for a locked database before it answers 503."""
TRANSACTION_SECONDS = 3.0
"""How long the database may take in all."""
THREADS = 16
INTERRUPT_SECONDS = 0.1


def open_store(url: str) -> Store:
    """Open the database for greenlets.

    SQLite runs in native threads, so that a slow disk or a long query stops no other greenlet.
    PostgreSQL's driver waits as greenlets do.
    """
    run = NativeThreads(THREADS).run
    return Store.open(url, busy_seconds=LOCK_SECONDS, run=run, limit=limited)


class NativeThreads:
    """Runs calls that block; greenlets wait for the result while others run."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPool(threads)

    def run(self, call: Callable[[], Result], interrupt: Callable[[], object]) -> Result:
        """Return what a call returns; a greenlet that is cut short waits until the call has ended.

        Nobody else may use the connection before that.
        """
        running = self._threads.spawn(_outcome, call)
        try:
            result, error = running.get()
        except BaseException:
            _end(running, interrupt)
            raise
        if error is not None:
            raise error
        return cast(Result, result)


def _outcome(call: Callable[[], Result]) -> tuple[Result | None, Exception | None]:
    """Return what a call returns or raises: gevent would log each that is raised in a thread."""
    try:
        return call(), None
    except Exception as error:
        return None, error


def _end(running: AsyncResult, interrupt: Callable[[], object]) -> None:
    """Interrupt a call, again and again, until it has ended: it may be about to begin."""
    while not running.ready():
        interrupt()
        try:
            running.wait(INTERRUPT_SECONDS)
        except (Exception, gevent.Timeout, gevent.GreenletExit):  # noqa: S112
            continue  # what came first is raised afterwards


@contextmanager
def limited(seconds: float = TRANSACTION_SECONDS) -> Iterator[None]:
    """Raise DatabaseTooSlow when the block takes longer."""
    expired, begun_at = DatabaseTooSlow(f"no answer within {seconds} s"), time.monotonic()
    try:
        with gevent.Timeout(seconds, expired):
            yield
    except Exception as error:
        # What was cut short may fail in its own way while it cleans up.
        if time.monotonic() - begun_at >= seconds and error is not expired:
            raise expired from error
        raise
