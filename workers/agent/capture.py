"""A capture: one running job, from the connection to X to its segments."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from streams import keywords
from streams.clock import clock, now_ms
from streams.filter import FilterError
from streams.gap_event import GapEvent
from streams.live.report import Fault
from streams.post import Post
from workers.agent.gap_reports import GapReports
from workers.agent.last_heard import JOB, REASON, ListeningRecord
from workers.agent.server import ServerJob
from workers.agent.x_access import JobSource, XAccess, job_streams
from workers.captures.maintenance.repair import Repaired
from workers.captures.recorder import Recorder
from workers.captures.segments.errors import CaptureError
from workers.captures.segments.names import CollectionNameError
from workers.captures.segments.timestamps import written_ms
from workers.captures.segments.writer import SegmentWriter
from workers.collector.gap_tracker import GapTracker, Moment
from workers.collector.meter import ThroughputMeter
from workers.sources.source import Arrival, Followed, Link, Received
from workers.sources.x.connect_log import ConnectLog

log = logging.getLogger(__name__)

UNREADABLE = frozenset(("not_json", "bad_utf8", "no_id", "no_text", "wrong_type"))
"""Kinds of lines without a readable post that are captured all the same."""
END_SECONDS = 3.0


class AgentCapture:
    """Made for a job that is to run; raises FilterError, CollectionNameError or CaptureError.

    `identity` tells the job from all others, also those of other servers.
    """

    def __init__(
        self,
        job: ServerJob,
        access: XAccess,
        connects: ConnectLog,
        recorder: Recorder,
        identity: str,
        was_deleted: Callable[[Post], bool],
    ) -> None:
        self.job_id = job.id
        self._access = access
        self._connects = connects
        self._recorder = recorder
        self._identity = identity
        self._was_deleted = was_deleted
        self._listening_record = ListeningRecord(recorder.root, identity)
        self.gaps = GapReports(self._listening_record.gap_reports)
        self._before = job.total_count
        self._kept = 0
        self._sealed = 0
        self._measured = (time.monotonic(), 0)
        self._faults: dict[str, set[str]] = {}
        """Codes of the faults that last, by what they concern."""
        self._since = now_ms()
        self._gaps = GapTracker()
        self._meter = ThroughputMeter()
        self._gap: GapEvent | None = None
        self._connected_at: int | None = None
        self.is_open = False
        """Whether posts can come: connected, and X took the rules."""
        self._generation = 1
        self._writing = threading.Lock()
        self._text = job.keywords
        self._wanted = keywords.filter_of(job.keywords)
        self._name = job.name
        sealed_before = self._listening_record.sealed()
        self._writer, repaired = self._open(job.name)
        # What was kept after the last report that the server got is in the files.
        left_open = sum(each.manifest.count - each.manifest.not_json for each in repaired)
        if sealed_before or left_open:
            self._before = max(self._before, sealed_before + left_open)
        self._gap = self._listening_record.open_gaps(self._writer, self._since)
        if self._gap is not None:
            self._gaps.adopt({JOB: self._gap.at})
            self.gaps.begin(self._gap.at, REASON)
        else:
            self.gaps.end(self._since)  # of a run that was stopped on request
        self._listen()

    @property
    def total(self) -> int:
        """Posts of the job so far, including earlier runs."""
        return self._before + self._kept

    def rate(self) -> float:
        """Posts a second since this was asked last."""
        now, kept = time.monotonic(), self._kept
        before, counted = self._measured
        self._measured = (now, kept)
        return (kept - counted) / max(now - before, 0.001)

    def watch(self) -> None:
        """Update the rules, and record outages of X. Call it often."""
        followed = self._source.follow(self._streams)
        for ask in self._streams:
            self._log_fault(ask.id, followed[ask.id].fault if ask.id in followed else None)
        self._log_fault("clock", Fault("clock", warning) if (warning := clock.warning) else None)
        link = self._source.link()
        if link.connection != "connecting":
            self._log_fault("X", link.fault)
        self._record_gaps(link, followed)

    def _record_gaps(self, link: Link, followed: Mapping[str, Followed]) -> None:
        """Write down when the job was not listened to, from the same evidence as collectors."""
        took_rules = next((each for each in followed.values() if each.fault is None), None)
        whole = took_rules or next(iter(followed.values()), Followed(self._generation))
        moment = Moment(
            now_ms(),
            link,
            {JOB: whole},
            wanted_since={JOB: self._since},
            outages=self._source.outages(),
            delay_ms=self._meter.delay_of("x"),
        )
        for event in self._gaps.advance(moment):
            if event.reason is None:
                self._writer.close_gap(event.at)
                self.gaps.end(event.at)
                self._gap = None
            else:
                self._writer.open_gap(event.at, event.reason)
                self.gaps.begin(event.at, event.reason)
                self._gap = event
        self.is_open = JOB in moment.listening
        if self.is_open:
            if link.connected_at != self._connected_at:
                log.info("%s: connected to X", self._name)
                self._connected_at = link.connected_at
            kept_until = self._writer.safe_until(moment.now)
            proved_at = min(kept_until - moment.delay_ms, moment.proved_at or moment.now)
            self._listening_record.note(self._writer, moment.now, proved_at, self._sealed_total())

    def edit(self, job: ServerJob) -> None:
        """Apply the owner's changes without reconnecting."""
        if job.name != self._name:
            self._rename(job.name)
        if job.keywords == self._text:
            return
        self._text = job.keywords
        try:
            wanted = keywords.filter_of(job.keywords)
        except FilterError as error:
            log.error("%s: new keywords are invalid; the old ones stay: %s", job.name, error)
            return
        if not wanted.terms and self._wanted.terms:
            log.error("%s: no keywords are left; the old ones stay until it stops", job.name)
            return
        log.info("%s: now looks for %s", job.name, job.keywords)
        self._generation += 1
        self._writer.edit(self._generation, {"keywords": job.keywords}, now_ms())
        was_sample, self._wanted = not self._wanted.terms, wanted
        if was_sample:
            self.halt()
            self._listen()
        else:
            self._streams = job_streams(wanted, self._identity)

    def halt(self) -> None:
        """Disconnect; lines stop after a moment."""
        self._source.stop()

    def finish(self) -> None:
        """Disconnect and seal. May be called from any thread, and twice."""
        self.halt()
        self._thread.join(END_SECONDS)
        self._recorder.finish(self._writer)
        self._listening_record.note_end(self._writer, self._sealed_total())

    def _sealed_total(self) -> int:
        """Return the posts of the job that are in sealed files, or were before this run."""
        return self._before + self._sealed + self._writer.sealed

    def forget(self) -> None:
        """Remove the rules; the next job removes any that remain."""
        self._listening_record.forget()
        self.gaps.end(now_ms())
        self._source.follow(())

    def _open(self, name: str) -> tuple[SegmentWriter, list[Repaired]]:
        writer, repaired = self._recorder.open(name, source="x")
        for each in repaired:
            log.warning("%s: sealed a segment that an earlier run left open: %s", name, each)
        writer.edit(self._generation, {"keywords": self._text}, now_ms())
        return writer, repaired

    def _listen(self) -> None:
        self._streams = job_streams(self._wanted, self._identity)
        self._source = JobSource(self._access, self._connects, sample=not self._wanted.terms)
        self._thread = threading.Thread(
            target=self._source.run, args=(self._receive,), name="x", daemon=True
        )
        self._thread.start()

    def _receive(self, received: Received) -> None:
        raw, received_at, line = received.raw, received.received_at, received.content
        if isinstance(line, Arrival) and self._was_deleted(line.post):
            return
        with self._writing:
            if isinstance(line, Arrival):
                post, edit = line.post, (line.earlier, line.version)
                self._meter.note_delay("x", written_ms(post.created_at, received_at), received_at)
                kept = self._writer.write(raw, received_at, post.id, post.created_at, 0, *edit)
                self._kept += kept == "kept" and not line.earlier
            elif line.kind in UNREADABLE:
                self._writer.write(raw, received_at)

    def _rename(self, name: str) -> None:
        """Continue in a folder of the new name; earlier files stay where they are."""
        try:
            opened, _ = self._open(name)
        except (CollectionNameError, CaptureError) as error:
            log.error("%s stays %s: %s", name, self._name, error)
            return
        self._name = name
        if self._gap is not None and self._gap.reason is not None:
            opened.open_gap(self._gap.at, self._gap.reason)
        with self._writing:
            closed, self._writer = self._writer, opened
        self._recorder.finish(closed)
        self._sealed += closed.sealed

    def _log_fault(self, what: str, fault: Fault | None) -> None:
        """Log each kind of fault once in an outage, and once when all are resolved."""
        known = self._faults.setdefault(what, set())
        if fault is None and known:
            log.info("%s: the error is resolved", self._name)
            known.clear()
        elif fault is not None and fault.code not in known:
            log.error("%s: %s", self._name, fault.message)
            known.add(fault.code)
