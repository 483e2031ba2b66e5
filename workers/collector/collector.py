"""The collector: owns one slot, reads its source, and keeps it in step with what is wanted."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import redis

from streams.clock import now_ms
from streams.live import LiveStoreError, history
from streams.live.held_connection import HeldConnection
from streams.live.lease import Lease
from streams.live.relay import relayed
from streams.live.report import Fault, SlotReport, read, write
from streams.live.spending import SpendingLedger
from streams.live.wakeup import Wakeups
from streams.names import source_of
from streams.settings import Settings
from streams.sources import SOURCES, reads_on
from streams.store import Store, StoreError
from streams.stream import Stream, due
from workers.collector import slot_report
from workers.collector.budgets import Budgets
from workers.collector.ceilings import SpendingCeilings
from workers.collector.completeness import Completeness
from workers.collector.count_journal import CountJournal
from workers.collector.count_keeper import CountKeeper
from workers.collector.deletion_filter import DeletedIds, DeletionFilter
from workers.collector.draining import Draining
from workers.collector.in_flight import InFlight
from workers.collector.intake import Intake
from workers.collector.lease_guard import LeaseGuard
from workers.collector.left_out import PART_SECONDS, PART_SHOWN, Count, Counts
from workers.collector.outbox import Outbox, Send
from workers.collector.platform_deletions import PlatformDeletions
from workers.collector.predecessor import Predecessor, remember_shown
from workers.collector.recordings import Recordings
from workers.collector.resending import send_again
from workers.collector.slot_backfill import SlotBackfill
from workers.collector.slot_file import SlotFile, SlotState, newest
from workers.collector.slot_keeper import SlotKeeper
from workers.collector.slot_report import (
    held_back,
    kept_until,
    with_counts,
    with_link,
    with_sources,
    with_streams,
)
from workers.lifecycle.outage_log import OutageLog
from workers.sources.combined import CombinedSource
from workers.sources.registry import open_source
from workers.sources.source import Followed, Source

log = logging.getLogger(__name__)

LINGER, LINGER_BRIEFLY = 60.0, 3.0
"""Seconds that a collector stays when nothing is wanted: X limits how often we may connect."""
COMMIT_EVERY = 5.0
"""Seconds between two transfers of counts from Redis to SQL, and between looks for lost batches."""
RECORDED_IN_FLIGHT = 1
"""Batches of a recording on their way at once: those of live streams wait behind them."""
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
        deleted: DeletedIds,
        to_taggers: Send,
        to_viewers: Send,
        count_left_out: Count,
        open_part: Callable[[str], Source] = open_source,
    ) -> None:
        self._ring_posts = settings.ring_posts
        self._lease_guard = LeaseGuard(lease, settings.machine_away_seconds / 2)
        self._keeper = SlotKeeper(
            client, lease, settings.lease_seconds, self._lease_guard, self._report_again
        )
        unwatched, store = store, Store(store.engine, self._keeper.database)
        self._store = store
        self._client = client
        self._slot = lease.slot
        self._source = CombinedSource(lease.slot, source, open_part)
        self._live = SOURCES[source_of(lease.slot)].live
        self._linger = LINGER if self._live else LINGER_BRIEFLY
        self._in_flight = InFlight(settings.batches_in_flight if self._live else RECORDED_IN_FLIGHT)
        machine = lease.holder.owner.rpartition("@")[2]
        self._budgets = Budgets()
        self._ceilings = SpendingCeilings(store, SpendingLedger(client))
        self._recordings = Recordings(
            settings, machine, lease.fence, lease.slot, store.segments, store.gaps
        )
        self._filters = (DeletionFilter(deleted), self._lease_guard)
        journal = CountJournal(settings.data_dir, lease.slot)
        self._count_keeper = CountKeeper(client, store.minutes, store.segments, lease.slot, journal)
        self._to_taggers = to_taggers
        gather_ms = round(settings.capture_deletion_minutes * 60_000)
        self._platform_deletions = PlatformDeletions(
            client, store, source_of(lease.slot), machine, gather_ms
        )
        self._intake = self._new_intake(settings, lease, to_viewers)
        self._backfill = SlotBackfill(
            lease.slot,
            settings,
            unwatched,  # its thread is not the collector's
            client,
            self._recordings,
            self._intake,
            self._budgets,
            self._ceilings,
        )
        self._predecessor = Predecessor(
            settings.data_dir / "captures",
            self._count_keeper,
            self._intake,
            f"{lease.slot}:{lease.fence}:{self._intake.number}",
            is_read_again=lambda one: not self._live or all(map(reads_on, one.sources)),
        )
        self._slot_file = SlotFile(settings.data_dir, lease.slot)
        self._completeness = self._inherit()
        self._count_left_out = count_left_out
        self._left_out_at = -PART_SECONDS
        self._followed: dict[str, Followed] = {}
        self._runnable: list[Stream] = []
        self._held_back: dict[str, Fault] = {}
        self._several: list[Stream] = []
        """Streams that follow more than one source."""
        self._draining = Draining()
        self._outage = OutageLog(log, "the source reads on and posts wait in memory")
        self._lag_ms = 0.0
        self._ended = threading.Event()
        self._wanted_at = time.monotonic()
        self._committed_at = 0.0

    def _new_intake(self, settings: Settings, lease: Lease, to_viewers: Send) -> Intake:
        outbox = Outbox(
            self._in_flight,
            self._count_keeper.counted(self._to_taggers),
            self._count_keeper.counted(to_viewers),
            on_put=self._count_keeper.take,
        )
        intake = Intake(
            lease.slot,
            settings,
            self._budgets,
            self._recordings,
            outbox,
            live=self._live,
            filters=self._filters,
            on_taken=self._source.taken,
        )
        intake.on_deleted = self._platform_deletions.put
        intake.fence = lease.fence
        intake.number = now_ms()  # a Redis that lost its fences must name no batch again
        return intake

    def _inherit(self) -> Completeness:
        """Take over what the last owner of the slot knew, from Redis and from this disk."""
        kept = self._slot_file.read()
        before = newest(read(self._client, self._slot), kept.report if kept else None)
        known = Completeness(
            self._store,
            self._source,
            self._recordings,
            self._intake,
            kept.pending if kept else (),
        )
        if before is not None and self._live:
            known.inherit(before)
        return known

    def run(self, stopping: threading.Event) -> None:
        """Collect until `stopping`, until nothing is wanted any more, or the lease is lost."""
        reader = threading.Thread(
            target=self._source.run, args=(self._intake.receive,), daemon=True
        )
        intake = threading.Thread(target=self._intake.run, daemon=True)
        watch = threading.Thread(target=self._watch_flow, daemon=True)
        for thread in (reader, intake, watch):
            thread.start()
        self._backfill.start()
        self._keeper.start()
        wakeups = Wakeups(self._client, self._slot)
        try:
            while not stopping.is_set() and self._step(wakeups):
                if self._broken(reader, intake):
                    break
        finally:
            wakeups.close()
            self._close(reader)

    def _step(self, wakeups: Wakeups) -> bool:
        """Do what is due, then wait for a wakeup or a second; False ends the collector."""
        try:
            if not self._keeper.hold():
                return False
            self._intake.fence = self._keeper.lease.fence
            self._follow()
            self._platform_deletions.carry_out(now_ms())
            self._seal_drained()
            self._report_left_out()
            if self._has_ended():
                return False
            self._commit_counts()
            self._report()
            wakeups.wait(0.1 if self._draining else 1.0)
        except (LiveStoreError, StoreError, OSError) as error:
            self._outage.failed(error)
            if isinstance(error, StoreError):
                self._report_without_database()
            self._keep_within_reserved()
            is_connected = self._source.link().connection == "connected"
            if is_connected or not isinstance(error, LiveStoreError):
                self._wanted_at = time.monotonic()  # nobody else has the slot or its connection
            self._ended.wait(0.5)
        else:
            self._outage.succeeded()
        return time.monotonic() - self._wanted_at < self._linger

    def _broken(self, reader: threading.Thread, intake: threading.Thread) -> bool:
        """Return whether a thread died; reconcile then starts a new collector."""
        read_all = self._source.link().connection == "closed"
        if intake.is_alive() and (reader.is_alive() or read_all):
            return False
        log.error("slot %s: a thread died; this collector releases the slot", self._slot)
        return True

    def _report_left_out(self) -> bool:
        """Count what viewers do not get, now: they learn within a second that they see a part."""
        if not self._intake.left_out.report(self._count_as_left_out):
            return False
        self._left_out_at = time.monotonic()
        return True

    def _count_as_left_out(self, slot: str, counts: Counts) -> None:
        with self._count_keeper.handing_over(*counts):
            self._count_left_out(slot, counts)

    def _has_ended(self) -> bool:
        """Return whether the source has ended and all its posts are relayed."""
        all_done = not self._intake.waiting and self._in_flight.all_done()
        return self._source.link().connection == "closed" and all_done

    def _follow(self) -> None:
        now = now_ms()
        running = self._store.streams.running(source_of(self._slot))
        wanted = due([stream for stream in running if stream.slot == self._slot], now)
        if wanted:
            self._wanted_at = time.monotonic()
        rates = self._intake.meter.paid_rates
        paid, unpaid = self._budgets.within(wanted, rates, self._read_so_far)
        paid, over = self._ceilings.within(paid, self._intake.meter, now)
        runnable, unkept = self._recordings.follow(paid, now)
        self._held_back = {**unpaid, **over, **unkept}
        for each in self._filters:
            each.follow(runnable)
        chosen = {stream.id: stream.plan.taggers for stream in runnable}
        self._intake.taggers = {key: names for key, names in chosen.items() if names}
        self._several = [each for each in runnable if each.further_sources]
        self._intake.free_posts.follow(self._several)
        self._predecessor.resume(runnable)
        self._platform_deletions.follow(runnable)
        if self._live:
            new = [each for each in runnable if each.id not in self._followed]
            remember_shown(self._intake, self._client, new, self._ring_posts)
        self._backfill.follow(runnable, self._held_back)
        self._runnable = runnable
        self._followed = self._source.follow(runnable)
        if self._live:
            self._completeness.track(wanted, self._held_back, self._lease_guard.lost)

    def _keep_within_reserved(self) -> None:
        """While SQL or Redis is away, stop streams for which no spending is reserved any more."""
        meter, now = self._intake.meter, now_ms()
        kept, over = self._ceilings.within(self._runnable, meter, now, is_cut_off=True)
        if over:
            self._held_back |= over
            self._followed = self._source.follow(kept)

    def _seal_drained(self) -> None:
        """Seal the captures of stopped streams that have their last posts."""
        now = time.monotonic()
        self._draining.update(self._followed, now)
        self._recordings.seal(self._draining.drained(now, self._intake.came_in, self._intake.taken))

    def _read_so_far(self, stream_id: str) -> int:
        self._count_keeper.seed([stream_id])
        in_all = history.totals(self._client, stream_id)["posts"]
        return max(0, in_all - self._store.minutes.free(stream_id))

    def _commit_counts(self, everything: bool = False) -> None:
        self._count_keeper.seed(list(self._followed))
        if time.monotonic() - self._committed_at < COMMIT_EVERY:
            return
        self._count_keeper.commit()
        kept = self._count_keeper.restore(time.monotonic())
        send_again(self._client, kept, self._to_taggers, self._count_keeper.handed_over)
        self._recordings.commit()
        self._intake.free_posts.commit(self._store.minutes)
        self._source.commit(everything)
        self._committed_at = time.monotonic()

    def _report_without_database(self) -> None:
        """Report all the same: the connection stands, and posts are captured and shown."""
        with suppress(LiveStoreError, OSError):
            self._report(slot_report.DATABASE_REFUSES)

    def _report(self, fault_note: str | None = None) -> None:
        self._intake.meter.sample(time.monotonic())
        report = SlotReport(
            slot=self._slot,
            owner=self._keeper.lease.holder.owner,
            fence=self._keeper.lease.fence,
            at=now_ms(),
            connection="connecting",
            lag_ms=round(self._lag_ms, 1),
        )
        report = with_link(report, self._source.link())
        report = with_counts(report, self._intake, self._recordings.kept_until)
        notes = self._backfill.notes() | self._recordings.notes()
        if self._live:
            notes = self._completeness.stopped_posts(report, self._followed) | notes
        if time.monotonic() - self._left_out_at < PART_SECONDS:
            notes = dict.fromkeys(self._followed, PART_SHOWN) | notes
        notes = self._count_keeper.notes(time.monotonic()) | notes
        if fault_note is not None:
            notes = dict.fromkeys(self._followed, fault_note)
        report = with_streams(report, self._followed, self._intake.meter, notes, self._budgets)
        report.streams.update(self._draining.reports(self._intake.meter.posts))
        report.streams.update(held_back(self._held_back, self._budgets))
        kept = partial(kept_until, report.at, self._intake, self._recordings.kept_until)
        delay_of = self._intake.meter.delay_of
        report = with_sources(report, self._several, self._source, kept, delay_of)
        if self._live:
            self._slot_file.write(SlotState(report, self._completeness.pending))
        write(self._client, report)
        self._keeper.reported(report)

    def _report_again(self, report: SlotReport, is_database_slow: bool) -> None:
        """Report on another thread, while the collector's own waits."""
        at, note = now_ms(), slot_report.DATABASE_REFUSES if is_database_slow else None
        link, kept_until = self._source.link(), self._recordings.kept_until
        write(self._client, slot_report.again(report, at, link, self._intake, kept_until, note))

    def _watch_flow(self) -> None:
        connection = HeldConnection(self._client)
        while not self._ended.is_set():
            try:
                numbers = relayed(connection, self._slot, self._intake.fence, 0.5)
                self._report_left_out()
            except LiveStoreError:
                self._ended.wait(0.5)
                continue
            for received_at in self._in_flight.done(numbers):
                self._lag_ms += (max(0, now_ms() - received_at) - self._lag_ms) * 0.1

    def _close(self, reader: threading.Thread) -> None:
        """Disconnect, send what was received, commit counts, report for the last time, release."""
        self._source.stop()
        self._backfill.stop()
        reader.join(DRAIN)
        everything = self._intake.stop(DRAIN)
        self._completeness.end()
        self._recordings.close()
        try:
            self._recordings.commit()
            if self._keeper.is_owner:  # else the new owner writes these records
                self._committed_at = 0.0
                self._platform_deletions.carry_out(now_ms())
                while self._report_left_out():
                    pass
                self._commit_counts(everything)
                self._completeness.flush()
                if not self._live and everything:
                    self._count_keeper.close()
                self._ceilings.release(self._intake.meter, now_ms())
                self._keeper.stop()
                self._report()
                self._keeper.lease.release()
        except (LiveStoreError, StoreError, OSError) as error:
            log.warning("the slot could not be released; its lease will lapse: %s", error)
        finally:
            self._keeper.stop()
            self._ended.set()
