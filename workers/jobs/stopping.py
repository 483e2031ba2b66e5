"""Stopping a job: SIGTERM ends it where it is, so that it can put its work back."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class JobStopped(BaseException):
    """Raised in a job that is to end now, past what catches errors."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise JobStopped in the block when this process gets SIGTERM; used by the main thread."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def stop_job() -> None:
    """Stop this process's own job, from any thread."""
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(signum: int, frame: FrameType | None) -> None:
    signal.signal(signum, signal.SIG_IGN)
    raise JobStopped
