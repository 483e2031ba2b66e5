"""The slot keeper: holds the lease and reports, also while the collector waits for SQL."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis

from streams.live import LiveStoreError
from streams.live.lease import Lease
from streams.live.report import SlotReport
from workers.collector.lease_guard import LeaseGuard

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two renewals."""
LATE, SLOW = 2.0, 1.0
"""Seconds without a report after which the keeper reports, and without an answer of the database
after which it says so: status believes a report for five."""
STUCK = 60.0
"""Seconds after which a collector that neither works nor asks the database is given up."""

ReportAgain = Callable[[SlotReport, bool], None]
"""Writes a report as it stands now; takes whether the database keeps the collector waiting."""


class SlotKeeper:
    """`hold`, `database` and `reported` are the collector's; `keep` runs on the keeper's thread."""

    def __init__(
        self,
        client: redis.Redis,
        lease: Lease,
        seconds: float,
        guard: LeaseGuard,
        report_again: ReportAgain,
    ) -> None:
        """A lease that is acquired anew lasts `seconds`, as the one that is held."""
        self.lease = lease
        self.is_owner = True
        self._client = client
        self._seconds = seconds
        self._guard = guard
        self._report_again = report_again
        self._report: SlotReport | None = None
        self._ended = threading.Event()
        self._asked_at: float | None = None
        self._moved_at = self._reported_at = time.monotonic()

    def start(self) -> None:
        """Begin to keep the slot."""
        threading.Thread(target=self._run, name="slot keeper", daemon=True).start()

    def stop(self) -> None:
        """End the thread: nothing is renewed or reported any more but what is under way."""
        self._ended.set()

    def hold(self) -> bool:
        """Renew the lease, or acquire it again; False when somebody else has the slot."""
        self._moved_at = time.monotonic()
        if self._renew():
            return True
        # A restarted Redis forgets the lease, and another collector may have taken the slot since.
        slot, owner = self.lease.slot, self.lease.holder.owner
        lease = Lease.acquire(self._client, slot, owner, self._seconds)
        if lease is None:
            log.error("another collector holds the lease on slot %s now; this one stops", slot)
            self.is_owner = False
            return False
        self.lease = lease
        self._guard.replace_lease(lease)
        return True

    @contextmanager
    def database(self) -> Iterator[None]:
        """Record that the collector asks the database in this block."""
        self._asked_at = time.monotonic()
        try:
            yield
        finally:
            self._asked_at = None
            self._moved_at = time.monotonic()

    def reported(self, report: SlotReport) -> None:
        """Record what the collector has reported by itself."""
        self._report, self._reported_at = report, time.monotonic()

    def keep(self) -> None:
        """Renew the lease, and report where the collector does not; raises LiveStoreError."""
        now, asked_at = time.monotonic(), self._asked_at
        if now - max(self._moved_at, asked_at or 0.0) > STUCK:
            log.error("the collector of %s stands still and loses its lease", self.lease.slot)
            self.stop()
        elif self._renew() and self._report is not None and now - self._reported_at > LATE:
            self._report_again(self._report, asked_at is not None and now - asked_at > SLOW)

    def _renew(self) -> bool:
        self._guard.note_lapse()
        return self.lease.renew()

    def _run(self) -> None:
        while not self._ended.wait(EVERY):
            try:
                self.keep()
            except LiveStoreError:
                continue  # the collector's own thread says so
