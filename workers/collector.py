"""A collector: owns one slot, reads its source, and keeps it in step with what is wanted."""

import logging
import threading
import time

import redis

from streams.live import LiveStoreError, flow, history, minutes
from streams.live.lease import Lease
from streams.live.nudge import Nudges
from streams.live.report import read, write
from streams.settings import Settings
from streams.store import Store, StoreError
from workers.gap_ledger import GapLedger
from workers.live_path import LivePath, Send
from workers.slot_report import report_of
from workers.sources.source import Followed, Source

log = logging.getLogger(__name__)

LINGER = 60.0
"""Seconds that a collector stays when nothing is wanted: X limits how often we may connect."""
SETTLE_EVERY = 5.0
"""Seconds between two transfers of counts from Redis to SQL."""
DRAIN = 3.0
"""Seconds that a stopping collector gives each of its threads."""


class Collector:
    """One holding of one slot, from the acquired lease to its release."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        client: redis.Redis,
        lease: Lease,
        source: Source,
        send: Send,
    ) -> None:
        self._seconds = settings.lease_seconds
        self._store = store
        self._client = client
        self._lease = lease
        self._slot = lease.slot
        self._source = source
        self._path = LivePath(lease.slot, settings, source, send)
        self._path.fence = lease.fence
        self._ledger = GapLedger(store.gaps, read(client, lease.slot))
        self._followed: dict[str, Followed] = {}
        self._lag_ms = 0.0
        self._ended = threading.Event()
        self._wanted_at = time.monotonic()
        self._settled_at = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Collect until `stopping`, until nothing is wanted any more, or the lease is lost."""
        reader = threading.Thread(target=self._source.run, args=(self._path.receive,), daemon=True)
        threads = [
            reader,
            threading.Thread(target=self._path.run, daemon=True),
            threading.Thread(target=self._watch_flow, daemon=True),
        ]
        for thread in threads:
            thread.start()
        nudges = Nudges(self._client, self._slot)
        try:
            while not stopping.is_set() and self._step(nudges):
                pass
        finally:
            nudges.close()
            self._close(reader)

    def _step(self, nudges: Nudges) -> bool:
        """Do what is due, then wait for a nudge or a second; False ends the collector."""
        try:
            if not self._hold_lease():
                return False
            self._follow()
            self._settle_counts()
            self._tell()
            nudges.wait(1.0)
        except (LiveStoreError, StoreError, OSError) as error:
            # The source reads on: posts wait in memory, and the stores come back.
            log.warning("a store cannot be reached, trying again: %s", error)
            self._ended.wait(0.5)
        return time.monotonic() - self._wanted_at < LINGER

    def _hold_lease(self) -> bool:
        if self._lease.renew():
            return True
        # Redis may have forgotten us in a restart. Somebody else may have come in the meantime.
        owner = self._lease.holder.owner
        lease = Lease.acquire(self._client, self._slot, owner, self._seconds)
        if lease is None:
            log.error("the lease on slot %s is lost to another collector: stopping", self._slot)
            return False
        self._lease = lease
        self._path.fence = lease.fence
        return True

    def _follow(self) -> None:
        wanted = self._store.streams.running(self._slot)
        if wanted:
            self._wanted_at = time.monotonic()
        self._followed = self._source.follow(wanted)
        self._ledger.note(_now(), self._source.link(), self._followed)

    def _settle_counts(self) -> None:
        if time.monotonic() - self._settled_at < SETTLE_EVERY:
            return
        for stream_id in history.unseeded(self._client, list(self._followed)):
            history.seed(self._client, stream_id, self._store.minutes.totals(stream_id))
        if pending := minutes.take(self._client, self._slot):
            self._store.minutes.add(self._slot, pending.token, pending.counts)
            minutes.settle(self._client, self._slot)
        self._settled_at = time.monotonic()

    def _tell(self) -> None:
        self._path.meter.sample(time.monotonic())
        link = self._source.link()
        report = report_of(self._lease, _now(), link, self._followed, self._path, self._lag_ms)
        write(self._client, report)

    def _watch_flow(self) -> None:
        while not self._ended.is_set():
            try:
                numbers = flow.done(self._client, self._slot, self._path.fence, 1.0)
            except LiveStoreError:
                self._ended.wait(0.5)
                continue
            for seconds in self._path.in_flight.done(numbers):
                self._lag_ms += (seconds * 1000 - self._lag_ms) * 0.1

    def _close(self, reader: threading.Thread) -> None:
        """Disconnect, send what was received, settle, say goodbye, give the slot back."""
        self._source.stop()
        reader.join(DRAIN)
        self._path.stop(DRAIN)
        try:
            self._settled_at = 0.0
            self._settle_counts()
            self._tell()
            self._lease.release()
        except (LiveStoreError, StoreError, OSError) as error:
            log.warning("the slot could not be handed back, its lease will lapse: %s", error)
        self._ended.set()


def _now() -> int:
    return int(time.time() * 1000)
