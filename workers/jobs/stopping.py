"""Stopping a job: SIGTERM ends it where it is, so that it can put its work back."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class JobStopped(BaseException):
    """Ends a job at once; what catches errors lets it pass."""


@contextmanager
def stoppable(put_back: Callable[[], None]) -> Iterator[None]:
    """Put the work back and raise JobStopped in the block when this process gets SIGTERM.

    Used by the main thread; `put_back` runs in another one, at once: leaving the block may take
    longer than the worker waits.
    """

    def stop(signum: int, frame: FrameType | None) -> None:
        signal.signal(signum, signal.SIG_IGN)
        threading.Thread(target=put_back).start()
        raise JobStopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def stop_job() -> None:
    """Stop this process's own job, from any thread."""
    os.kill(os.getpid(), signal.SIGTERM)
