"""Runs deletions in a process of its own, which asks this one for what only a collector can do."""

import logging
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator
from threading import Event
from typing import IO

from streams.settings import ROOT
from streams.store import Store
from workers.captures.redaction.segment_deletion import OwnWriters
from workers.collector.deletion_filter import DeletedIds
from workers.deletion.runner import LATE

log = logging.getLogger(__name__)

COMPLIANCE = "--compliance"
STORE_AWAY = 75
"""Exit status (EX_TEMPFAIL) when a store did not answer: nothing is wrong with the orders."""
AGAIN_SECONDS = 10.0
LOOK_SECONDS = 0.5


class DeletionProcess:
    """Carries out the orders of one machine while there are any; call `step` repeatedly.

    The process reads files that others made and may take long. It writes questions to its standard
    output, one a line: a verb and a collection; this one answers each with a line, `1` or `0`.
    """

    def __init__(
        self,
        store: Store,
        machine: str,
        deleted_ids: DeletedIds,
        clock: Callable[[], int],
        stopping: Event,
        *,
        compliance: bool = False,
    ) -> None:
        self._store = store
        self._machine = machine
        self._deleted_ids = deleted_ids
        self._clock = clock
        self._stopping = stopping
        self._compliance = compliance
        self._writers = OwnWriters()

    def step(self) -> bool:
        """Run the process to its end if orders are pending; True when some may be left.

        Raises StoreError, OSError.
        """
        if not self._compliance:
            self._store.deletions.adopt(self._machine, self._clock() - LATE)
        orders = self._store.deletions.pending(
            self._machine, self._clock(), compliance=self._compliance
        )
        if not orders:
            return False
        code = self._run()
        if code and not self._stopping.is_set():
            if code != STORE_AWAY:
                self._record_end(code)
            self._stopping.wait(AGAIN_SECONDS)
        return True

    def _run(self) -> int:
        """Start the process and answer what it asks; returns its exit status."""
        words = [self._machine, COMPLIANCE] if self._compliance else [self._machine]
        with subprocess.Popen(
            [sys.executable, "-m", "workers.deletion", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        ) as child:
            assert child.stdin and child.stdout  # noqa: S101, PT018 - they were opened with pipes
            try:
                for question in self._questions(child.stdout):
                    verb, _, folder = question.rstrip("\n").partition(" ")
                    child.stdin.write("1\n" if self._answer(verb, folder) else "0\n")
            except BrokenPipeError:
                log.warning("a deletion process ended before it read an answer")
            finally:
                if self._stopping.is_set():
                    child.kill()  # the next pass continues, wherever this one was
        return child.returncode

    def _questions(self, pipe: IO[str]) -> Iterator[str]:
        """Yield what the process asks, until it ends or this one is to stop."""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not self._stopping.is_set():
                if selector.select(LOOK_SECONDS):
                    if not (line := pipe.readline()):
                        return
                    yield line

    def _answer(self, verb: str, folder: str) -> bool:
        if verb == "write_out":
            return self._writers.write_out(folder)
        if verb == "seal":
            self._writers.seal(folder)
        elif verb == "refresh":
            self._deleted_ids.refresh()
            self._deleted_ids.add(self._store.deletions.pending(self._machine, self._clock()))
        return True

    def _record_end(self, code: int) -> None:
        """Report to the owners of pending orders that the process ended, and log it."""
        how = "was killed" if code == -9 else f"ended early (status {code})"
        said = f"The process that looked through the files {how}; Weir starts another."
        log.error("%s", said)
        orders = self._store.deletions.pending(
            self._machine, self._clock(), compliance=self._compliance
        )
        self._store.deletions.report([each.id for each in orders], self._machine, 0, None, said)
