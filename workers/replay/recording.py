"""A recording: the lines that a replay plays, and how many are done."""

from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec.structs import replace

from streams.object_store import ObjectStore
from streams.replay import KNOWN_FORMATS, Replay, upload
from streams.store.segments import SegmentRecord
from workers.captures.segments.catalog import PACKED, CatalogError, SegmentFileState
from workers.captures.segments.compression import WINDOW
from workers.captures.segments.manifest import Manifest
from workers.captures.segments.merge import MergedLine, SegmentMerge
from workers.captures.segments.names import check_folder
from workers.captures.segments.timestamps import iso, ms_of
from workers.replay.reader import CaptureReader
from workers.replay.segment_reader import SegmentDownloads, SegmentReader
from workers.sources.x.payload import Delivery

_PLAYED: dict[bool, tuple[SegmentFileState, ...]] = {
    True: ("sealed", "open"),
    False: ("sealed", "shipped"),
}
"""States that are played of an uploaded file (True) and of a collection (False)."""
_COMPRESSED = (*PACKED, ".gzip", ".zstd", ".bz2", ".xz", ".zip", ".tgz", ".tbz2", ".txz")
MOST_UNPACKED = 64 << 30
"""Bytes to which an uploaded file may unpack; a hostile one has no end."""
LONGEST_LINE = 16 << 20
"""Bytes; a page of search results takes a few million."""
LONGEST_POST = 256 << 10
"""Bytes of one post as it is kept; the longest of X, 25,000 letters, take 150,000."""


class RecordingError(ValueError):
    """A recording that cannot be played; the text is one line for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A post of a recording. `payload` and `received_at` (ms) are those of `Replayed`."""

    delivery: Delivery
    payload: bytes
    received_at: int
    lines: int
    """With this post, so many lines of the recording, from its beginning, are done."""
    share: float
    """How much of the recording has been read (0 to 1)."""
    version: str = ""
    is_deleted: bool = False
    """Whether its collection keeps it with the mark that it was deleted."""


class ReadingOrder(msgspec.Struct, frozen=True):
    """What to read: a recording, from which of its lines on. `window` and `memory` are bytes."""

    data_dir: str
    account_id: int
    replay: Replay
    began_at: int
    skip: int
    window: int
    memory: int
    folder: str | None = None
    """Where the collection lies, when that is not called like it."""
    known: list[SegmentRecord] = []
    """Segments that SQL knows, some of them in `object_store`."""
    object_store: ObjectStore | None = None


class Reading(Protocol):
    """A recording while it is read, in this process or in one of its own."""

    taken_back: list[str]
    """Ids that the lines read last take back; the reader's user empties it."""

    @property
    def lines(self) -> int: ...  # noqa: D102
    @property
    def share(self) -> float: ...  # noqa: D102
    def entries(self) -> Generator[Entry, None, None]: ...  # noqa: D102
    def summary(self) -> str: ...  # noqa: D102


class Recording:
    """Opened anew by each collector that runs it. Raises RecordingError, also while it is read."""

    def __init__(
        self,
        data_dir: Path,
        account_id: int,
        replay: Replay,
        began_at: int,
        archive: SegmentDownloads | None = None,
        known: Sequence[SegmentRecord] = (),
        window: int = WINDOW,
        skip: int = 0,
        on_progress: Callable[[], None] = lambda: None,
        folder: str | None = None,
    ) -> None:
        """Only segments that were sealed when the run began are played, so that all runs agree.

        Those of the `known` ones that were shipped are fetched by way of the archive. `window` is
        how much memory (bytes) a zstd file may ask for; the first `skip` lines are passed over.
        `on_progress` is called while it is read, also where nothing comes of it. `folder` is where
        the collection lies, when that is not called like it.
        """
        self._on_progress = on_progress
        self._read = self._done = 0
        segment_reader = SegmentReader(
            _location(data_dir, account_id, replay, folder), self._count, archive
        )
        try:
            found = segment_reader.segments(known)
        except CatalogError:
            raise _gone(replay) from None
        here = [pair for pair in found if pair[0].state in _PLAYED[replay.file is not None]]
        wanted = [pair for pair in here if _is_due(pair[1], replay, began_at)]
        if not here:
            raise _gone(replay)
        if not wanted:
            raise RecordingError("nothing_then", "Nothing was received between those times.")
        self.elsewhere = segment_reader.elsewhere
        """Segments on other machines, or in a store that is out of reach."""
        self.lines = 0
        """Lines read so far."""
        most = MOST_UNPACKED if replay.file is not None else None
        self._merge = SegmentMerge(
            segment_reader, [each for each, _ in wanted], window, most_bytes=most
        )
        self.reader = CaptureReader(self._found())
        self.taken_back = self.reader.taken_back
        self._skip = skip
        self._size = sum(each.size for each, _ in wanted)
        self._is_plain = not any(each.name.endswith(_COMPRESSED) for each, _ in wanted)
        counts = [manifest.count if manifest else None for _, manifest in wanted]
        self._total = None if None in counts else sum(filter(None, counts))

    def entries(self) -> Generator[Entry, None, None]:
        """Yield the posts; raises RecordingError at the end when nothing there could be read.

        Reads one ahead, to know whether a post is the last of its line.
        """
        held: Entry | None = None
        try:
            for replayed in self.reader:
                if len(replayed.payload) > LONGEST_POST:
                    self.reader.skipped["too_long"] += 1
                    continue
                if held is not None:
                    yield replace(held, lines=held.lines - (held.lines == self.lines))
                moment, lines = replayed.received_at, self.lines
                payload = bytes(replayed.payload)  # without what a line of a file knows of itself
                held = Entry(
                    replayed.delivery,
                    payload,
                    moment,
                    lines,
                    self.share,
                    replayed.version,
                    replayed.deleted_at is not None,
                )
        except CatalogError as error:
            raise RecordingError("not_readable", str(error)) from error
        if held is not None:
            yield held
        self._check_known()

    @property
    def share(self) -> float:
        """The share read so far (0 to 1): by lines where manifests count them, else by bytes."""
        if self._total:
            return min(self.lines / self._total, 1.0)
        done = self._done if self._is_plain else self._read  # these come in large pieces
        return min(done / max(1, self._size), 1.0)

    def summary(self) -> str:
        """Summarise what was skipped; empty if nothing was."""
        skipped = sorted((self.reader.skipped).items())
        parts = [f"{count} {kind.replace('_', ' ')}" for kind, count in skipped]
        parts += [f"{len(self._merge.damaged)} damaged files"] if self._merge.damaged else []
        parts += list(self._merge.unsupported.values())
        parts += [f"{self.elsewhere} segments on other machines"] if self.elsewhere else []
        return ", ".join(parts)

    def _check_known(self) -> None:
        """Raise RecordingError when all of it was read and no post was in any line."""
        if not self._skip and not self.reader.formats:
            for reason in self._merge.unsupported.values():
                raise RecordingError("not_readable", f"The file cannot be read: {reason}")
            text = f"None of its {self.lines} lines holds a post. What can be read: {KNOWN_FORMATS}"
            raise RecordingError("not_readable", text)

    def _found(self) -> Iterator[MergedLine]:
        for found in self._merge:
            self.lines += 1
            self._done += len(found.line) + 1
            self._on_progress()
            self.reader.deleted.clear()  # which only an export needs: there may be millions
            if self.lines <= self._skip:
                continue
            if len(found.line) > LONGEST_LINE:
                self.reader.skipped["too_long"] += 1
                continue
            yield found

    def _count(self, size: int) -> None:
        self._read += size
        self._on_progress()


def open_recording(
    order: ReadingOrder, on_progress: Callable[[], None] = lambda: None
) -> Recording:
    """Open what an order names, to be read in this process. Raises RecordingError."""
    data_dir = Path(order.data_dir)
    downloads = SegmentDownloads(order.object_store, data_dir)
    return Recording(
        data_dir,
        order.account_id,
        order.replay,
        order.began_at,
        downloads,
        order.known,
        order.window,
        order.skip,
        on_progress,
        order.folder,
    )


def _location(data_dir: Path, account_id: int, replay: Replay, folder: str | None) -> Path:
    if replay.file is not None:
        return upload(data_dir, account_id, replay.file)
    return data_dir / "captures" / check_folder(folder or replay.collection or "")


def _is_due(manifest: Manifest | None, replay: Replay, began_at: int) -> bool:
    """Return whether a segment was sealed in time and overlaps the wanted period."""
    if manifest is None:
        return True
    if manifest.sealed_at > iso(began_at):
        return False
    first, last = manifest.first_received_at, manifest.last_received_at
    if first is None or last is None:
        return True
    return ms_of(first) < (replay.until or 1 << 62) and ms_of(last) >= (replay.since or 0)


def _gone(replay: Replay) -> RecordingError:
    what = f"the file {replay.file}" if replay.file else f"the collection {replay.collection}"
    text = f"The machine that runs the replay has nothing of {what} that can be played."
    return RecordingError("nothing_here", text)
