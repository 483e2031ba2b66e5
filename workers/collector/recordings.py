"""Recordings: the captures of the streams on one slot, in step with their plans."""

import logging
import queue
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from streams.live.report import Fault
from streams.plan import CaptureOptions
from streams.settings import Settings
from streams.store.gaps import Gaps
from streams.store.segments import Segments
from streams.stream import Stream
from workers.captures.maintenance import process
from workers.captures.recorder import Recorder, ids_between
from workers.captures.segments.errors import CaptureError, LostPosts
from workers.captures.segments.manifest import BackfillSpan, Manifest, ProvenanceLog
from workers.captures.segments.names import CollectionNameError
from workers.captures.segments.timestamps import ms_of, written_ms
from workers.captures.segments.writer import SegmentWriter
from workers.captures.settings import CaptureSettingsError, asked_settings, machine_settings
from workers.sources.gap_search import SearchWindow
from workers.sources.source import Arrival

log = logging.getLogger(__name__)

LATE_MS = 600_000
"""How long after it was written a post may come by the stream."""


class Recordings:
    """`follow`, `commit` and `close` on the collector's thread, `keep` on the intake's."""

    def __init__(
        self,
        settings: Settings,
        machine: str,
        fence: int,
        source: str,
        segments: Segments,
        gaps: Gaps,
    ) -> None:
        self._machine = machine
        self._fence = fence
        self._source = source
        self._segments = segments
        self._gaps = gaps
        self._unreported: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        """What SQL is still to be told."""
        self._recorder = Recorder(
            settings.data_dir / "captures",
            machine_settings(settings),
            machine=machine,
            on_loss=self._lost,
            on_sealed=lambda path, manifest: self._sealed(path.parent.name, manifest),
        )
        self._recorder.start()
        self._open: dict[str, tuple[Stream, SegmentWriter]] = {}
        self._finished: dict[str, ProvenanceLog] = {}
        """By stream id, what the next manifest must say of the time since the last one."""
        self._streams: dict[str, str] = {}  # folder -> stream id
        self.recovered: dict[str, int] = {}
        """By stream id, the time (ms) of the last line that a repair found on disk."""
        self._without_room: dict[str, tuple[int, Fault]] = {}  # stream id -> when it last changed

    @property
    def keeping(self) -> bool:
        """Whether any stream is captured."""
        return bool(self._open)

    def keep(self, arrival: Arrival, raw: bytes, received_at: int) -> None:
        """Put a raw line into the captures that it is for."""
        for stream_id in arrival.stream_ids:
            if entry := self._open.get(stream_id):
                line, left_out = arrival.line_of(stream_id, raw)
                post = arrival.post
                entry[1].write(
                    line,
                    received_at,
                    post.id,
                    post.created_at,
                    left_out,
                    arrival.earlier,
                    arrival.version,
                    backfilled=post.backfilled is True,
                )

    def keep_unread(self, stream_ids: Iterable[str], raw: bytes, received_at: int) -> None:
        """Put a line that could not be decoded into captures, byte for byte."""
        for stream_id in stream_ids:
            if entry := self._open.get(stream_id):
                entry[1].write(raw, received_at)

    def write_out(self, stream_ids: Iterable[str], now: int) -> None:
        """Hand what waits for captures of these streams to the system: no kill undoes it then."""
        for stream_id in stream_ids:
            if entry := self._open.get(stream_id):
                entry[1].write_out(now)

    def is_captured(self, stream_id: str) -> bool:
        """Return whether a stream's posts are captured now."""
        return stream_id in self._open

    def has(self, stream_id: str, post_id: str) -> bool:
        """Return whether the capture of a stream remembers a post."""
        entry = self._open.get(stream_id)
        return entry is not None and entry[1].has(post_id)

    def ids_around(self, stream_id: str, window: SearchWindow) -> set[str]:
        """Read which posts of a time the sealed files of a stream's capture hold, if they are here.

        A post may have come a little after it was written.
        """
        entry = self._open.get(stream_id)
        until = window.until + LATE_MS
        return ids_between(entry[1].folder, window.since, until) if entry else set()

    def add_backfill(self, stream_id: str, span: BackfillSpan) -> None:
        """Write into the manifest what became of filling a gap."""
        if entry := self._open.get(stream_id):
            entry[1].add_backfill(span)

    def holding(self, post_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the streams whose captures hold a post, among the last that they remember."""
        wanted = tuple(post_ids)
        return tuple(
            stream_id
            for stream_id, (_, writer) in list(self._open.items())
            if any(map(writer.has, wanted))
        )

    def kept_until(self, now: int) -> int:
        """Return the time (ms) up to which all lines handed to captures are synced to the disk."""
        return min([writer.safe_until(now) for _, writer in list(self._open.values())], default=now)

    def follow(
        self, wanted: Sequence[Stream], now: int
    ) -> tuple[list[Stream], Mapping[str, Fault]]:
        """Open and edit captures as wanted; return who may run, and why others may not.

        Tells SQL of what a crash had left open and is sealed now; raises StoreError.
        """
        self._make_room(wanted)
        faults: dict[str, Fault] = {}
        for stream in wanted:
            if fault := self._no_room_for(stream) or self._capture(stream, now):
                faults[stream.id] = fault
        self.commit()
        return [stream for stream in wanted if stream.id not in faults], faults

    def seal(self, stream_ids: Iterable[str]) -> None:
        """Seal the captures of streams that nothing more comes for."""
        for stream_id in stream_ids:
            if entry := self._open.pop(stream_id, None):
                self._recorder.finish(entry[1])
                self._finished[stream_id] = entry[1].book

    def notes(self) -> dict[str, str]:
        """Return by stream id what keeps lines from the disk, or will, or files from the store."""
        messages = {stream_id: _note(writer) for stream_id, (_, writer) in list(self._open.items())}
        return {stream_id: note for stream_id, note in messages.items() if note}

    def open_gap(self, stream_id: str, at: int, reason: str, source: str | None = None) -> None:
        """Write into the manifest that nobody listens (to one of the sources) from a moment on."""
        if book := self._book(stream_id):
            book.open_gap(at, reason, source)

    def close_gap(self, stream_id: str, at: int, source: str | None = None) -> None:
        """Write into the manifest that somebody listens again."""
        if book := self._book(stream_id):
            book.close_gap(at, source=source)

    def open_doubt(self, stream_id: str, at: int) -> None:
        """Write into the manifest that from now on the capture cannot be proved complete."""
        if book := self._book(stream_id):
            book.open_doubt(at)

    def close_doubt(self, stream_id: str, at: int) -> None:
        """Write into the manifest that posts arrive again."""
        if book := self._book(stream_id):
            book.close_doubt(at)

    def _book(self, stream_id: str) -> SegmentWriter | ProvenanceLog | None:
        """Return what takes the gaps of a stream, between two captures the log for the next."""
        entry = self._open.get(stream_id)
        return entry[1] if entry else self._finished.get(stream_id)

    def commit(self) -> None:
        """Tell SQL of segments sealed and posts lost; raises StoreError, and tries again then."""
        while not self._unreported.empty():
            report = self._unreported.get()
            try:
                report()
            except Exception:
                self._unreported.put(report)
                raise

    def close(self) -> None:
        """Seal everything."""
        self._recorder.close()
        self._open = {}

    def _make_room(self, wanted: Sequence[Stream]) -> None:
        """Record which captures have no room on disk: they stay stopped until there is some."""
        decision = process.decision()
        for stream in wanted:
            if stream.folder is not None and stream.folder == decision.stop:
                fault = Fault("disk_full", decision.message)
                self._without_room[stream.id] = (stream.changed_at, fault)

    def _no_room_for(self, stream: Stream) -> Fault | None:
        changed_at, fault = self._without_room.get(stream.id, (None, None))
        if fault and stream.folder and process.has_room_for(stream.folder):
            log.warning("%s: the disk has room again, so the capture goes on", stream.folder)
            del self._without_room[stream.id]
            return None
        return fault if changed_at == stream.changed_at else None

    def _capture(self, stream: Stream, now: int) -> Fault | None:
        before = self._open.get(stream.id)
        asked = stream.plan.capture
        if before is not None and before[0].plan.capture != asked:
            self.seal([stream.id])
            before = None
        if asked is None or stream.folder is None:
            return None
        if before is None:
            return self._begin(stream, asked, stream.folder, now)
        if before[0].generation != stream.generation:
            before[1].edit(stream.generation, stream.filter, now)
        before[1].priority = stream.plan.priority
        self._open[stream.id] = (stream, before[1])
        return None

    def _begin(self, stream: Stream, asked: CaptureOptions, folder: str, now: int) -> Fault | None:
        try:
            settings = asked_settings(asked, self._recorder.settings).checked()
            writer, repaired = self._recorder.open(
                folder,
                source=self._source,
                sources=stream.sources if stream.further_sources else (),
                fence=self._fence,
                settings=settings,
                before=self._finished.get(stream.id),
            )
        except CaptureError as error:
            return error.fault
        except (CaptureSettingsError, CollectionNameError) as error:
            return Fault("bad_capture", str(error))
        self._finished.pop(stream.id, None)
        self._streams[folder] = stream.id
        for each in repaired:
            self._sealed(folder, each.manifest)
            if (last := _last_written(each.manifest)) is not None:
                self.recovered[stream.id] = max(last, self.recovered.get(stream.id, 0))
        writer.edit(stream.generation, stream.filter, now)
        writer.priority = stream.plan.priority
        self._open[stream.id] = (stream, writer)
        return None

    def _sealed(self, folder: str, manifest: Manifest) -> None:
        self._unreported.put(partial(self._note_segment, folder, manifest))

    def _lost(self, loss: LostPosts) -> None:
        log.error("%s: %s posts were lost (%s)", loss.folder, loss.posts, loss.reason)
        if loss.until is not None:  # until then the stream's note says what is wrong
            args = (self._streams[loss.folder], loss.since, loss.until, loss.reason)
            self._unreported.put(partial(self._gaps.add, *args))

    def _note_segment(self, folder: str, manifest: Manifest) -> None:
        plain = msgspec.to_builtins(manifest)
        self._segments.add(
            self._streams[folder],
            folder,
            self._machine,
            manifest.count,
            manifest.bytes,
            ms_of(manifest.sealed_at),
            plain,
        )


def _last_written(manifest: Manifest) -> int | None:
    """Return when the last post was written (ms): posts that were on their way are not older."""
    if manifest.last_received_at is None:
        return None
    return written_ms(manifest.last_created_at, ms_of(manifest.last_received_at))


def _note(writer: SegmentWriter) -> str | None:
    return writer.fault.message if writer.fault else process.message_for(writer.folder.name)
