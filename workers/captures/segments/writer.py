"""Writes one capture: queues raw lines, keeps each once, rotates segments."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from streams.collection import collection_of
from streams.live.report import Fault
from workers.captures.segments.backlog import Backlog, Chunk
from workers.captures.segments.envelope import version_key, wrap
from workers.captures.segments.errors import LostPosts, fault_of
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import BackfillSpan, GapSpan, Manifest, ProvenanceLog
from workers.captures.segments.names import SegmentInterval
from workers.captures.segments.open_segment import OpenSegment
from workers.captures.segments.totals import SegmentLine
from workers.captures.settings import CaptureSettings
from workers.collector.recent_ids import RecentIds

log = logging.getLogger(__name__)


Kept = Literal["kept", "repeated", "dropped"]
OnLoss = Callable[[LostPosts], None]
OnSealed = Callable[[Path, Manifest], None]


class SegmentWriter:
    """Made by `Recorder.open`. `write` only queues; `commit`, called by the recorder, writes.

    All moments are ms since the epoch. Every method may be called from any thread.
    """

    def __init__(
        self,
        file_system: FileSystem,
        folder: Path,
        settings: CaptureSettings,
        log_book: ProvenanceLog,
        seen: RecentIds | None,
        on_loss: OnLoss,
        on_sealed: OnSealed,
    ) -> None:
        self.folder = folder
        self.priority = 0
        """When room is short, the capture with the lowest is stopped first."""
        self.repeated = 0
        self.dropped = 0
        self.written_bytes = 0
        self.sealed = 0
        """Readable posts in the files that were sealed so far, later versions not counted."""
        self._file_system = file_system
        self._settings = settings
        self.book = log_book
        self._seen = seen
        self._on_loss = on_loss
        self._on_sealed = on_sealed
        self._queue_lock = threading.Lock()
        self._disk_lock = threading.Lock()
        """Held while lines go to the system, which is quick."""
        self._sync_lock = threading.Lock()
        """Held, and taken first, while the disk is waited for or a file changes its name."""
        self._backlog = Backlog(settings.minute_interval)
        self._segment: OpenSegment | None = None
        self._fault: Fault | None = None  # of lines
        self._draft_fault: Fault | None = None  # of what is known about the open segment
        self._opened_at = 0
        self._described = 0
        self._synced_at = time.monotonic()
        self._safe_until = 0
        self._delay = 0  # how late posts came that are not synced (ms), by samples
        self._loss: LostPosts | None = None
        self._lost: GapSpan | None = None  # that gap in the book

    @property
    def collection(self) -> str:
        """The name of the collection."""
        return collection_of(self.folder.name)

    @property
    def fault(self) -> Fault | None:
        """Why lines, or what is known about them, cannot be written; every commit tries again."""
        return self._fault or self._draft_fault

    def write(
        self,
        raw: bytes,
        received_at: int,
        id: str | None = None,
        created_at: str | None = None,
        rules_left_out: int = 0,
        earlier: tuple[str, ...] = (),
        version: str = "",
        *,
        backfilled: bool = False,
    ) -> Kept:
        """Queue a raw line; an id vouches that it was parsed as a JSON object.

        Of a post that was edited, `earlier` are the ids of earlier versions, and `version` tells
        those apart that share its id. Each version is kept once.
        It blocks only when the disk is slower than the source; when the disk fails, lines past
        `waiting_bytes` are dropped, and the gap goes to `on_loss` and into the manifest.
        """
        edit_of = self._first_kept(earlier) if earlier else None
        keys: tuple[str, ...] = () if id is None else (id,)
        if version and id is not None:
            keys = (version_key(id, version),) if edit_of else (id, version_key(id, version))
            id = None if edit_of else id
        data = wrap(
            raw, received_at, id, rules_left_out, backfilled, edit_of=edit_of, version=version
        )
        is_edit = edit_of is not None
        line = SegmentLine(data, received_at, id, created_at, rules_left_out, backfilled, is_edit)
        waiting = self._backlog.bytes
        if waiting and waiting + len(line.data) > self._settings.waiting_bytes:
            if self._fault is None:
                self.commit(received_at)
            if self._fault is not None:
                return self._drop(line.written_at)
        with self._queue_lock:
            if self._seen is not None and not self._seen.add_all(keys):
                self.repeated += 1
                return "repeated"
            if not self._waits:
                self._safe_until = max(self._safe_until, received_at)
            self._backlog.add(line)
        return "kept"

    def _first_kept(self, versions: tuple[str, ...]) -> str | None:
        """Return the oldest version of a post that the collection has, as far as it remembers."""
        if self._seen is None:
            return versions[0]
        return next((each for each in versions if each in self._seen), None)

    def _drop(self, written_at: int) -> Kept:
        """Lose a post: the gap begins when the first of these was written, not when it came."""
        with self._queue_lock:
            self.dropped += 1
            first = self._loss is None
            reason = self._loss.reason if self._loss else self._reason
            since = min(self._loss.since, written_at) if self._loss else written_at
            posts = self._loss.posts + 1 if self._loss else 1
            self._loss = LostPosts(self.folder.name, since, None, reason, posts)
            self._lost = self.book.set_gap(self._lost, since, None, reason)
        if first:
            log.error("%s: Weir is losing posts: %s", self.folder, reason)
            self._on_loss(self._loss)
        return "dropped"

    def edit(self, generation: int, filter: Any, at: int) -> None:
        """Record in the manifests that another filter is in force from now on."""
        with self._queue_lock:
            self.book.edit(generation, filter, at)

    def open_gap(self, at: int, reason: str, source: str | None = None) -> None:
        """Record that the source, or that one of several, is not listened to from now on."""
        with self._queue_lock:
            self.book.open_gap(at, reason, source)

    def close_gap(self, at: int, reason: str | None = None, source: str | None = None) -> None:
        """Record that somebody listens again: ends all gaps, or those of a reason or a source."""
        with self._queue_lock:
            self.book.close_gap(at, reason, source)

    def open_doubt(self, at: int) -> None:
        """Record that the source is listened to from now on, and that almost nothing arrives."""
        with self._queue_lock:
            self.book.open_doubt(at)

    def close_doubt(self, at: int) -> None:
        """Record that posts arrive again."""
        with self._queue_lock:
            self.book.close_doubt(at)

    def add_backfill(self, span: BackfillSpan) -> None:
        """Record what became of filling a gap."""
        with self._queue_lock:
            self.book.add_backfill(span)

    def has(self, id: str) -> bool:
        """Return whether a post is among those that this capture remembers."""
        with self._queue_lock:
            return self._seen is not None and id in self._seen

    def unreported_gaps(self) -> list[GapSpan]:
        """List the gaps that no manifest has yet; the next segment gets them."""
        with self._queue_lock:
            return [] if self._segment else self.book.provenance(0).gaps

    def safe_until(self, now: int) -> int:
        """Return the time (ms) up to which all lines that were written are synced to the disk."""
        with self._queue_lock:
            return min(self._safe_until, now) if self._waits else now

    @property
    def _reason(self) -> str:
        """Of the gap that follows when the disk refuses."""
        return self._fault.code if self._fault else "disk_failed"

    @property
    def _waits(self) -> bool:
        """Whether lines wait to be written or synced."""
        return bool(self._backlog.bytes) or (self._segment is not None and self._segment.dirty)

    def write_out(self, now: int) -> None:
        """Hand what waits to the system, so that a process that is killed loses none of it.

        It waits for the disk only to begin a file; syncs, the next interval, and what is refused
        are left to `commit`.
        """
        with self._disk_lock:
            self._drain(now, self._segment.interval if self._segment else None)

    def commit(self, now: int) -> None:
        """Write what waits, sync when a second has passed, seal when the interval has."""
        with self._sync_lock:
            with self._disk_lock:
                if not self._drain(now) or self._segment is None:
                    return
                if now >= self._segment.interval.end:
                    self._seal(now)
                    return
                segment = self._segment
            self._describe()
            due = time.monotonic() - self._synced_at >= self._settings.fsync_seconds
            if segment.dirty and due:
                self._sync(segment, now)

    def seal(self, now: int) -> None:
        """Write what waits and seal what is open; the next line opens a new segment."""
        with self._sync_lock, self._disk_lock:
            if self._drain(now):
                self._seal(now)

    def close(self, now: int) -> None:
        """Write what waits and seal. What the disk refuses is lost and reported."""
        with self._sync_lock, self._disk_lock:
            if not self._drain(now):
                self._drop_backlog(now)
            if self._segment is not None:
                self._seal(now)

    def _drain(self, now: int, interval: SegmentInterval | None = None) -> bool:
        """Write all that waits, or what is of an interval; False when the disk refuses."""
        while True:
            with self._queue_lock:
                chunk = self._backlog.take(interval)
            if chunk is None:
                break
            try:
                self._put(chunk, now)
            except OSError as error:
                with self._queue_lock:
                    self._backlog.put_back(chunk)
                self._record_fault(error)
                return False
            with self._queue_lock:
                self._backlog.discard(chunk)
            self.written_bytes += chunk.bytes
        self._recover(now)
        return True

    def _put(self, chunk: Chunk, now: int) -> None:
        if self._segment is not None and self._segment.interval != chunk.interval:
            self._seal(now)
        if self._segment is None:
            with self._queue_lock:
                provenance = self.book.provenance(now)
                self._described = self.book.version
            self._segment = OpenSegment.open(
                self._file_system, self.folder, self._settings, chunk.interval, provenance
            )
            self._opened_at = now
            self._safe_until = chunk.lines[0].received_at
        last = chunk.lines[-1]
        self._delay = max(self._delay, last.received_at - last.written_at)
        self._segment.append(chunk.lines)

    def _describe(self) -> None:
        """Update the provenance on disk when the log changed."""
        with self._queue_lock:
            if self._described == self.book.version:
                return
            provenance = self.book.provenance(self._opened_at)
            described = self.book.version
        try:
            if self._segment is not None:
                self._segment.describe(provenance)
            self._described = described
            self._draft_fault = None
        except OSError as error:
            self._draft_fault = self._logged(error, self._draft_fault)

    def _sync(self, segment: OpenSegment, now: int) -> None:
        """Wait for the disk; lines go on being written meanwhile, and wait for the next sync."""
        try:
            segment.sync()
        except OSError as error:
            # What the kernel could not write is gone from its memory, too: a later sync that
            # succeeds would prove nothing. Begin a new file.
            with self._disk_lock:
                self._record_fault(error)
                until = max(now, segment.totals.last_received_at or 0)
                self._abandon_segment()
            since = self._safe_until - self._delay
            self._note_loss(LostPosts(self.folder.name, since, until, self._reason, 0))
            return
        self._synced_at = time.monotonic()
        self._safe_until = now
        if not segment.dirty:
            self._delay = 0  # how late the posts came that are not synced

    def _seal(self, now: int) -> None:
        """Seal, or leave the file to repair: its lines are on the disk either way."""
        if self._segment is None:
            return
        with self._queue_lock:
            provenance = self.book.provenance(self._opened_at)
            self.book.next_segment()
        try:
            data, manifest = self._segment.seal(provenance, now)
        except OSError as error:
            self._record_fault(error)
            self._abandon_segment()
            with self._queue_lock:
                self.book.take_over(provenance)
            return
        self._segment = self._draft_fault = None
        self._synced_at = time.monotonic()
        self._safe_until = now
        self.sealed += manifest.count - manifest.not_json - manifest.edits
        self._on_sealed(data, manifest)

    def _abandon_segment(self) -> None:
        if self._segment is not None:
            self._segment.abandon()
        self._segment = self._draft_fault = None

    def _record_fault(self, error: OSError) -> None:
        self._fault = self._logged(error, self._fault)

    def _logged(self, error: OSError, known: Fault | None) -> Fault:
        fault = fault_of(error, self.folder)
        if fault != known:
            log.error("%s", fault.message)
        return fault

    def _recover(self, now: int) -> None:
        if self._fault is not None:
            log.info("%s can be written again", self.folder)
        self._fault = None
        with self._queue_lock:
            loss, self._loss = self._loss, None
        if loss is not None:
            self._note_loss(LostPosts(loss.folder, loss.since, now, loss.reason, loss.posts))

    def _drop_backlog(self, now: int) -> None:
        with self._queue_lock:
            since, left = self._backlog.clear()
            before, self._loss = self._loss, None
            self.dropped += left
        since = min(since, before.since) if before else since
        posts = left + (before.posts if before else 0)
        self._note_loss(LostPosts(self.folder.name, since, now, self._reason, posts))

    def _note_loss(self, loss: LostPosts) -> None:
        with self._queue_lock:
            self.book.set_gap(self._lost, loss.since, loss.until or loss.since, loss.reason)
            self._lost = None
        self._on_loss(loss)
