"""The process that carries out a machine's deletions: `python -m workers.deletion MACHINE`.

Its collector starts it and answers its questions (`workers/deletion/process.py`).
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event
from typing import TextIO

from streams.clock import now_ms
from streams.deletion import DeletionOrder
from streams.live import LiveStoreError
from streams.settings import settings
from streams.store import StoreError, first_line
from workers.connections import live, store
from workers.deletion.compliance import ComplianceCheck
from workers.deletion.process import COMPLIANCE, STORE_AWAY
from workers.deletion.runner import DeletionRunner
from workers.lifecycle.bounds import bound

log = logging.getLogger(__name__)

PASS_SECONDS, CHECK_SECONDS = 1.0, 10.0
"""Seconds between two passes, and between two attempts at a compliance job."""


class CollectorQuestions:
    """Asks the collector that started this process: implements Writers and TakesOrders."""

    def __init__(self, asked: TextIO, answers: TextIO) -> None:
        self._asked = asked
        self._answers = answers

    def write_out(self, collection: str) -> bool:
        """Write to the disk what waits of a collection; False when the disk refuses."""
        return self._ask(f"write_out {collection}")

    def seal(self, collection: str) -> None:
        """Seal the open segment of a collection, soon."""
        self._ask(f"seal {collection}")

    def refresh(self) -> None:
        """Have the collector leave out what is to be deleted, from now on."""
        self._ask("refresh")

    def add(self, orders: Iterable[DeletionOrder]) -> None:
        """Do nothing: `refresh` took up the orders as well."""

    def _ask(self, question: str) -> bool:
        """Ask, and wait for the answer; raises BrokenPipeError when the collector is gone."""
        self._asked.write(question + "\n")
        self._asked.flush()
        if not (answer := self._answers.readline()):
            raise BrokenPipeError("the collector is gone")
        return answer.strip() == "1"


def main(arguments: Sequence[str]) -> int:
    """Work until no order is pending; returns the exit status."""
    machine, compliance = arguments[0], COMPLIANCE in arguments[1:]
    questions = CollectorQuestions(os.fdopen(os.dup(1), "w"), sys.stdin)
    os.dup2(2, 1)  # keep what a library prints out of the questions
    bound(settings().job_memory)
    try:
        if compliance:
            check = ComplianceCheck(settings(), store(), live(), machine, Event().wait, now_ms)
            _repeat(check.step, CHECK_SECONDS)
        else:
            runner = DeletionRunner(
                settings(), store(), live(), machine, questions, now_ms, writers=questions
            )
            _repeat(runner.step, PASS_SECONDS)
    except BrokenPipeError:
        return 0
    except (StoreError, LiveStoreError, OSError) as error:
        log.warning("deletions wait: %s", first_line(error))
        return STORE_AWAY
    return 0


def _repeat(step: Callable[[], bool], pause: float) -> None:
    while step():
        time.sleep(pause)


if __name__ == "__main__":
    logging.basicConfig(format="deletion: %(message)s", level=logging.WARNING)
    sys.exit(main(sys.argv[1:]))
