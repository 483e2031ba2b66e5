"""The recorder: all captures of one process, and the thread that writes them to disk."""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec

from streams.clock import clock, now_ms
from streams.collection import collection_of
from streams.live.report import Fault
from workers.captures.maintenance.repair import Repaired, repair
from workers.captures.segments.compression import DamagedError, open_local, raw_lines
from workers.captures.segments.envelope import EnvelopeError, EnvelopeRecord, unwrap
from workers.captures.segments.errors import CaptureError, LostPosts, fault_of
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import (
    Manifest,
    ManifestError,
    ProvenanceLog,
    manifest_path,
    read_manifest,
)
from workers.captures.segments.names import check_folder, is_side
from workers.captures.segments.timestamps import ms_of
from workers.captures.segments.writer import SegmentWriter
from workers.captures.settings import CaptureSettings
from workers.collector.recent_ids import RecentIds

log = logging.getLogger(__name__)

P = ParamSpec("P")

SYNC_THREADS = 8
"""A hundred files synced one after the other take 0.4 s, eight at a time 0.03 s."""


IDS_IN_ALL = 1_000_000
"""Ids that all captures of a process remember together, at most twice as many: some 200 MB."""
TAIL_BYTES = 16 << 20
TAIL_MS = 5_000
"""A file that was last written so long before a moment holds nothing that came since."""

recorders: "set[Recorder]" = set()
"""Those of this process that have been started and not closed."""


class Recorder:
    """Opens captures below `root` and keeps committing them until `close`."""

    def __init__(
        self,
        root: Path,
        settings: CaptureSettings,
        *,
        machine: str | None = None,
        on_loss: Callable[[LostPosts], None] = lambda loss: None,
        on_sealed: Callable[[Path, Manifest], None] = lambda path, manifest: None,
        file_system: FileSystem | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.root = root
        self.settings = settings.checked()
        self._machine = machine or os.uname().nodename
        self._on_loss = _safely(on_loss)
        self._on_sealed = _safely(on_sealed)
        self._file_system = file_system or FileSystem()
        self._clock = clock
        self._writers: list[SegmentWriter] = []
        self._seen: dict[SegmentWriter, RecentIds] = {}
        self._chosen: dict[str, CaptureSettings] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(SYNC_THREADS, "capture")

    def start(self) -> None:
        """Begin to commit, in a thread of its own."""
        recorders.add(self)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def open(
        self,
        folder: str,
        *,
        source: str | None = None,
        sources: Sequence[str] = (),
        fence: int | None = None,
        settings: CaptureSettings | None = None,
        before: ProvenanceLog | None = None,
    ) -> tuple[SegmentWriter, list[Repaired]]:
        """Put the folder of a collection in order and begin a capture in it.

        The first manifest names the gaps that are left in the log `before`, of a writer that was
        finished. Returns the writer, and what a crash had left open. Raises CollectionNameError or
        CaptureError.
        """
        path = self.root / check_folder(folder)
        chosen = (settings or self.settings).checked()
        try:
            self._file_system.make_folder(path)
            if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
                raise CaptureError(
                    Fault("folder_not_writable", f"The folder {path} cannot be written.")
                )
            repaired = repair(self._file_system, path, chosen, self._clock())
            size = self._share(chosen, len(self.writers()) + 1)
            seen = load_recent_ids(path, size) if size else None
        except OSError as error:
            raise CaptureError(fault_of(error, path)) from error
        book = ProvenanceLog(
            collection_of(folder),
            source=source,
            sources=sources,
            machine=self._machine,
            fence=fence,
        )
        if before is not None:
            book.take_over(before.provenance(0))
        writer = SegmentWriter(
            self._file_system, path, chosen, book, seen, self._on_loss, self._on_sealed
        )
        with self._lock:
            self._writers.append(writer)
            self._chosen[folder] = chosen
            if seen is not None:
                self._seen[writer] = seen
            self._share_memory()
        return writer, repaired

    def finish(self, writer: SegmentWriter) -> None:
        """Seal one capture and stop maintaining it."""
        with self._lock:
            if writer in self._writers:
                self._writers.remove(writer)
                self._seen.pop(writer, None)
                self._share_memory()
        writer.close(self._clock())

    def _share_memory(self) -> None:
        for writer, seen in self._seen.items():
            seen.resize(self._share(self._chosen[writer.folder.name], len(self._writers)))

    def _share(self, chosen: CaptureSettings, writers: int) -> int:
        """Return how many ids one of so many captures remembers."""
        return min(chosen.dedupe_ids, max(1, IDS_IN_ALL // writers))

    def writers(self) -> list[SegmentWriter]:
        """List the captures that are being written."""
        with self._lock:
            return list(self._writers)

    def settings_of(self, folder: str) -> CaptureSettings:
        """Return the settings that a folder was last opened with, or those of this process."""
        return self._chosen.get(folder, self.settings)

    def commit(self) -> None:
        """Write what waits to disk; the thread does this by itself."""
        now = self._clock()
        if ahead := clock.ahead_ms:
            for writer in self.writers():
                writer.book.note_clock(ahead)
        self._each(lambda writer: writer.commit(now))

    def write_out(self, folder: str) -> bool:
        """Write what waits for a folder now; False when the disk refuses."""
        for writer in self._of(folder):
            writer.commit(self._clock())
        return not any(writer.fault for writer in self._of(folder))

    def seal(self, folder: str) -> None:
        """Seal the open segment of a folder; its capture continues in a new one."""
        for writer in self._of(folder):
            writer.seal(self._clock())

    def _of(self, folder: str) -> list[SegmentWriter]:
        return [writer for writer in self.writers() if writer.folder.name == folder]

    def close(self) -> None:
        """Seal every capture."""
        recorders.discard(self)
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._each(self.finish)
        self._pool.shutdown()

    def _each(self, task: Callable[[SegmentWriter], None]) -> None:
        """Run a task for every capture; an error in one does not affect the others.

        Each thread gets its share at once: to hand a thousand captures over one by one would cost
        more than to look at them.
        """
        writers = self.writers()
        shares = filter(None, (writers[at::SYNC_THREADS] for at in range(SYNC_THREADS)))
        for done in [self._pool.submit(_run_each, task, share) for share in shares]:
            done.result()

    def _run(self) -> None:
        while not self._ended.wait(self.settings.write_seconds):
            self.commit()


def _run_each(task: Callable[[SegmentWriter], None], writers: Sequence[SegmentWriter]) -> None:
    for writer in writers:
        try:
            task(writer)
        except Exception:
            log.exception("A capture could not be written to disk; Weir tries again")


def _safely(tell: Callable[P, None]) -> Callable[P, None]:
    """Wrap a callback so that its errors do not reach the capture."""

    def reported(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            tell(*args, **kwargs)
        except Exception:
            log.exception("The callback of a capture failed; the capture continues")

    return reported


def left_since(folder: Path, moment: int) -> list[tuple[str, int]]:
    """List the ids of lines received from a moment (ms) on, each with its time, in order.

    Only files are read that a writer left when it died, of a plain one only the last TAIL_BYTES.
    """
    found: list[tuple[str, int]] = []
    since = moment - TAIL_MS + min(0, clock.ahead_ms)  # files are dated by the machine's clock
    paths = [path for path in _segments(folder) if path.stat().st_mtime * 1000 >= since]
    for path in filter(_was_left, sorted(paths, key=_age)):
        with suppress(DamagedError, FileNotFoundError), open_local(path) as stream:
            if stream.seekable() and (size := path.stat().st_size) > TAIL_BYTES:
                stream.seek(size - TAIL_BYTES)
                stream.readline()
            found += [
                (record.id, at)
                for record in _records_of(stream)
                if record.id is not None and (at := record.received_at or 0) >= moment
            ]
    return found


def _was_left(path: Path) -> bool:
    """Return whether the writer of a segment died; a living one counts its own posts."""
    try:
        return read_manifest(manifest_path(path).read_bytes()).rebuilt is not None
    except (OSError, ManifestError):
        return False


def load_recent_ids(folder: Path, size: int) -> RecentIds:
    """Remember the last `size` ids of a folder's segments, as though they had just been written."""
    seen = RecentIds(max(size, 1))
    for id in reversed(_newest_ids(folder, size)):
        seen.add(id)
    return seen


def _newest_ids(folder: Path, size: int) -> list[str]:
    """Read whole segments, the newest first, until there are `size` ids, the newest first."""
    newest: list[str] = []
    for path in sorted(_segments(folder), key=_age, reverse=True):
        if len(newest) >= size:
            break
        newest += reversed(deque(_ids(path), size - len(newest)))  # a file may hold millions
    return newest


def ids_between(folder: Path, since: int, until: int) -> set[str]:
    """Return the ids of lines in the sealed files of a folder that were received in a time (ms)."""
    found: set[str] = set()
    for path in _segments(folder):
        try:
            manifest = read_manifest(manifest_path(path).read_bytes())
        except (FileNotFoundError, ManifestError):
            continue
        first, last = manifest.first_received_at, manifest.last_received_at
        if first and last and ms_of(first) <= until and ms_of(last) >= since:
            times = ((each.id, each.received_at) for each in _records(path))
            found.update(id for id, at in times if id is not None and since <= (at or 0) <= until)
    return found


def _segments(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and not is_side(path.name)]


def _age(path: Path) -> tuple[float, str]:
    return (path.stat().st_mtime, path.name)


def _ids(path: Path) -> Iterator[str]:
    return (key for each in _records(path) for key in each.keys)


def _records(path: Path) -> Iterator[EnvelopeRecord]:
    try:
        with open_local(path) as stream:
            yield from _records_of(stream)
    except (DamagedError, FileNotFoundError):
        pass  # what could be read counts; `verify` tells of the rest


def _records_of(stream: BinaryIO) -> Iterator[EnvelopeRecord]:
    for line in raw_lines(stream):
        with suppress(EnvelopeError):
            yield unwrap(line)
