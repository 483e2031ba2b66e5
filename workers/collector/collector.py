"""A collector: owns one slot, reads its source, and keeps it in step with what is wanted."""

import logging
import threading
import time
from collections.abc import Sequence

import redis

from streams.live import LiveStoreError, history, minutes, relayed
from streams.live.lease import Lease
from streams.live.report import Fault, SlotReport, read, write
from streams.live.wakeup import Wakeups
from streams.names import source_of
from streams.settings import Settings
from streams.store import Store, StoreError
from streams.stream import due
from workers.collector.budgets import Budgets
from workers.collector.draining import Draining
from workers.collector.gap_tracker import GapTracker
from workers.collector.in_flight import InFlight
from workers.collector.intake import Intake
from workers.collector.outbox import Outbox, Send
from workers.collector.recordings import Recordings
from workers.collector.slot_report import held_back, with_counts, with_link, with_streams
from workers.sources.source import Followed, Source

log = logging.getLogger(__name__)

LINGER, LINGER_BRIEFLY = 60.0, 3.0
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
        to_taggers: Send,
        to_viewers: Send,
    ) -> None:
        self._seconds = settings.lease_seconds
        self._store = store
        self._client = client
        self._lease = lease
        self._slot = lease.slot
        self._source = source
        self._linger = LINGER if source.live else LINGER_BRIEFLY
        self._in_flight = InFlight(settings.batches_in_flight)
        machine = lease.holder.owner.rpartition("@")[2]
        self._budgets = Budgets()
        self._recordings = Recordings(
            settings, machine, lease.fence, lease.slot, store.segments, store.gaps
        )
        outbox = Outbox(self._in_flight, to_taggers, to_viewers)
        self._intake = Intake(lease.slot, settings, source, self._budgets, self._recordings, outbox)
        self._intake.fence = lease.fence
        self._ledger = GapTracker(store.gaps, read(client, lease.slot), self._recordings)
        self._followed: dict[str, Followed] = {}
        self._held_back: dict[str, Fault] = {}
        self._farewell = Draining()
        self._lag_ms = 0.0
        self._owner = True
        self._ended = threading.Event()
        self._wanted_at = time.monotonic()
        self._settled_at = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Collect until `stopping`, until nothing is wanted any more, or the lease is lost."""
        reader = threading.Thread(
            target=self._source.run, args=(self._intake.receive,), daemon=True
        )
        intake = threading.Thread(target=self._intake.run, daemon=True)
        watch = threading.Thread(target=self._watch_flow, daemon=True)
        for thread in (reader, intake, watch):
            thread.start()
        nudges = Wakeups(self._client, self._slot)
        try:
            while not stopping.is_set() and self._step(nudges):
                if self._broken(reader, intake):
                    break
        finally:
            nudges.close()
            self._close(reader)

    def _step(self, nudges: Wakeups) -> bool:
        """Do what is due, then wait for a nudge or a second; False ends the collector."""
        try:
            if not self._hold_lease():
                return False
            self._follow()
            self._let_go()
            if self._has_ended():
                return False
            self._settle_counts()
            self._tell()
            nudges.wait(0.1 if self._farewell else 1.0)
        except (LiveStoreError, StoreError, OSError) as error:
            # The source reads on: posts wait in memory, and the stores come back.
            log.warning("a store cannot be reached, trying again: %s", error)
            self._ended.wait(0.5)
        return time.monotonic() - self._wanted_at < self._linger

    def _broken(self, reader: threading.Thread, intake: threading.Thread) -> bool:
        """Tell whether a thread died of what it did not foresee: reconcile then starts anew."""
        read_all = self._source.link().connection == "closed"
        if intake.is_alive() and (reader.is_alive() or read_all):
            return False
        log.error("slot %s: a thread died: handing the slot back", self._slot)
        return True

    def _has_ended(self) -> bool:
        """Tell whether the source came to its end and all of it has been relayed."""
        all_done = not self._intake.waiting and self._in_flight.all_done()
        return self._source.link().connection == "closed" and all_done

    def _hold_lease(self) -> bool:
        if self._lease.renew():
            return True
        # Redis may have forgotten us in a restart. Somebody else may have come in the meantime.
        owner = self._lease.holder.owner
        lease = Lease.acquire(self._client, self._slot, owner, self._seconds)
        if lease is None:
            log.error("the lease on slot %s is lost to another collector: stopping", self._slot)
            self._owner = False
            return False
        self._lease = lease
        self._intake.fence = lease.fence
        return True

    def _follow(self) -> None:
        now = _now()
        running = self._store.streams.running(source_of(self._slot))
        wanted = due([stream for stream in running if stream.slot == self._slot], now)
        if wanted:
            self._wanted_at = time.monotonic()
        rates = self._intake.meter.rates
        paid, unpaid = self._budgets.within(wanted, rates, self._read_so_far)
        runnable, unkept = self._recordings.follow(paid, now)
        self._held_back = {**unpaid, **unkept}
        self._followed = self._source.follow(runnable)
        if self._source.live:
            self._ledger.note(now, self._source.link(), self._followed)

    def _let_go(self) -> None:
        """Seal the captures of streams that have got all that was on its way to them."""
        now = time.monotonic()
        self._farewell.note(self._followed, now)
        self._recordings.seal(self._farewell.gone(now, self._intake.came_in, self._intake.taken))

    def _read_so_far(self, stream_id: str) -> int:
        self._seed([stream_id])
        return history.totals(self._client, stream_id)["posts"]

    def _seed(self, stream_ids: Sequence[str]) -> None:
        for stream_id in history.unseeded(self._client, stream_ids):
            history.seed(self._client, stream_id, self._store.minutes.totals(stream_id))

    def _settle_counts(self, everything: bool = False) -> None:
        if time.monotonic() - self._settled_at < SETTLE_EVERY:
            return
        self._seed(list(self._followed))
        if pending := minutes.take(self._client, self._slot):
            self._store.minutes.add(self._slot, pending.token, pending.counts)
            minutes.settle(self._client, self._slot)
        self._recordings.settle()
        self._source.settle(everything)
        self._settled_at = time.monotonic()

    def _tell(self) -> None:
        self._intake.meter.sample(time.monotonic())
        report = SlotReport(
            slot=self._slot,
            owner=self._lease.holder.owner,
            fence=self._lease.fence,
            at=_now(),
            connection="connecting",
            lag_ms=round(self._lag_ms, 1),
        )
        report = with_link(report, self._source.link())
        report = with_counts(report, self._intake)
        notes = self._recordings.notes()
        report = with_streams(report, self._followed, self._intake.meter, notes, self._budgets)
        report.streams.update(self._farewell.reports(self._intake.meter.posts))
        report.streams.update(held_back(self._held_back, self._budgets))
        write(self._client, report)

    def _watch_flow(self) -> None:
        while not self._ended.is_set():
            try:
                numbers = relayed.done(self._client, self._slot, self._intake.fence, 1.0)
            except LiveStoreError:
                self._ended.wait(0.5)
                continue
            for seconds in self._in_flight.done(numbers):
                self._lag_ms += (seconds * 1000 - self._lag_ms) * 0.1

    def _close(self, reader: threading.Thread) -> None:
        """Disconnect, send what was received, settle, say goodbye, give the slot back."""
        self._source.stop()
        reader.join(DRAIN)
        everything = self._intake.stop(DRAIN)
        self._recordings.close()
        try:
            self._recordings.settle()
            if self._owner:  # else the rest is another's to write now
                self._settled_at = 0.0
                self._settle_counts(everything)
                self._tell()
                self._lease.release()
        except (LiveStoreError, StoreError, OSError) as error:
            log.warning("the slot could not be handed back, its lease will lapse: %s", error)
        self._ended.set()


def _now() -> int:
    return int(time.time() * 1000)
