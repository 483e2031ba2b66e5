"""Removes deleted posts from files: sealed, open and partial segments, and uploads."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from workers.captures.maintenance.compress import compress_segment
from workers.captures.recorder import recorders
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.redaction.redaction import (
    SegmentBusyError,
    pending_compression,
    redact,
    redact_partial_tail,
    scan,
)
from workers.captures.segments.compression import DamagedError
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import Manifest, ManifestError, manifest_path, read_manifest
from workers.captures.segments.names import TORN, is_side
from workers.captures.segments.records import FileFacts, records

MOST_UNPACKED = 64 << 30
"""Bytes of lines that a foreign file is looked through for; a hostile one has no end."""

FileIdentity = tuple[int, int, int]


class DeletionPass(ABC):
    """One pass over files: what to remove, and where the results are recorded."""

    def __init__(self, matcher: PostMatcher, now: int) -> None:
        self.matcher = matcher
        self.now = now
        """Milliseconds since the epoch; the time that manifests give for the removal."""
        self.scanned = 0
        """Files that were read."""
        self.busy = False
        """Whether another process held a file, so that it must be scanned again."""
        self.changed = False
        self.errors: list[str] = []

    @abstractmethod
    def record_found(self, found: dict[str, FoundPosts]) -> None:
        """Record what was found, by order, before it is removed."""

    @abstractmethod
    def record_removed(
        self, folder: str, file: str, manifest: Manifest, stream_id: str | None
    ) -> None:
        """Record what a segment's manifest says was removed, whether that is new or not."""

    @abstractmethod
    def record_unverified(self, folder: str, file: str, found: dict[str, FoundPosts]) -> None:
        """Record what was removed from a file that has no manifest."""

    def removed_by(self, manifest: Manifest) -> Iterator[tuple[str, int, int]]:
        """Yield for each order that a manifest names: its id, lines removed, copies removed."""
        for order_id in self.matcher.orders:
            notes = [each for each in manifest.redactions if each.request == order_id]
            if notes:
                lines, copies = (
                    sum(each.count for each in notes),
                    sum(each.copies for each in notes),
                )
                yield order_id, lines, copies

    def must_repeat(self, passed_once: set[str]) -> bool:
        """Return whether another pass is due; adds this pass's orders to `passed_once`.

        Lines that were read before an order was known here reach the disk by the next pass.
        """
        new = self.matcher.orders.keys() - passed_once
        passed_once |= new
        return bool(new or self.busy or self.errors or self.changed)

    @property
    def error(self) -> str | None:
        """All errors in one line of at most 500 characters; None without errors."""
        return "; ".join(self.errors)[:500] or None


class Writers(Protocol):
    """The process that writes captures here, as far as a deletion needs it."""

    def write_out(self, collection: str) -> bool:
        """Write to the disk what waits of a collection; False when the disk refuses."""

    def seal(self, collection: str) -> None:
        """Seal the open segment of a collection, soon."""


class OwnWriters:
    """Implements Writers for the captures that this process writes."""

    def write_out(self, collection: str) -> bool:
        """Write to the disk what waits of a collection; False when the disk refuses."""
        written = [recorder.write_out(collection) for recorder in list(recorders)]
        return all(written)

    def seal(self, collection: str) -> None:
        """Seal the open segment of a collection, soon."""
        for recorder in list(recorders):
            recorder.seal(collection)


class SegmentDeletion:
    """Removes posts from files; a file is scanned again only after it changed."""

    def __init__(self, file_system: FileSystem, writers: Writers | None = None) -> None:
        self._file_system = file_system
        self._writers = writers or OwnWriters()
        self._clean: dict[Path, tuple[FileIdentity, frozenset[str]]] = {}
        self._unreadable: dict[Path, tuple[FileIdentity, str]] = {}

    def write_out(self, collection: str, deletion_pass: DeletionPass) -> None:
        """Bring to the disk what waits of a collection, so that this pass sees it."""
        deletion_pass.busy |= not self._writers.write_out(collection)

    def clear(self) -> None:
        """Forget what was scanned: no order is pending."""
        self._clean.clear()
        self._unreadable.clear()

    def remove_from(
        self,
        path: Path,
        temporary_extension: str,
        deletion_pass: DeletionPass,
        stream_id: str | None = None,
    ) -> None:
        """Scan a file of a collection; errors are recorded in the pass."""
        with _recorded_errors(path, deletion_pass):
            if TORN in path.name:
                found = redact_partial_tail(
                    self._file_system, path, deletion_pass.matcher, deletion_pass.record_found
                )
                deletion_pass.record_unverified(path.parent.name, path.name, found)
            elif is_side(path.name):
                return
            elif path.name.endswith(temporary_extension):
                self._seal_if_found(path, deletion_pass)
            else:
                self._remove_from_sealed(path, deletion_pass, stream_id)

    def remove_from_upload(self, path: Path, folder: str, deletion_pass: DeletionPass) -> None:
        """Scan an uploaded file: it may hold anything, under any name."""
        with _recorded_errors(path, deletion_pass):
            deletion_pass.scanned += 1
            identity, text = self._unreadable.get(path, (None, ""))
            if identity == _identity(path):
                raise DamagedError(text)
            if self._is_clean(path, deletion_pass):
                return
            if self._holds_any(path, deletion_pass):
                done = redact(
                    self._file_system,
                    path,
                    deletion_pass.matcher,
                    deletion_pass.now,
                    deletion_pass.record_found,
                )
                deletion_pass.record_unverified(folder, path.name, done.found if done else {})
            self._note_clean(path, deletion_pass)

    def _holds_any(self, path: Path, deletion_pass: DeletionPass) -> bool:
        """Return whether an upload holds a match; DamagedError when Weir cannot rewrite it."""
        found: dict[str, FoundPosts] = {}
        facts = FileFacts()
        problem = ""
        try:
            with path.open("rb") as stream:
                lines = (record + b"\n" for record in records(stream, facts))
                for _ in deletion_pass.matcher.kept_lines(bounded(lines), found):
                    pass
        except DamagedError as error:
            problem = str(error)
        if found and not problem and not facts.is_plain_lines:
            problem = "Weir cannot rewrite files of this kind"
        if found and problem:
            text = f"{problem}; it holds deleted posts: delete the file"
            self._unreadable[path] = (_identity(path), text)
            raise DamagedError(text)
        return bool(found)

    def _seal_if_found(self, path: Path, deletion_pass: DeletionPass) -> None:
        """Have an open segment sealed when it holds anything: it is taken out afterwards."""
        deletion_pass.scanned += 1
        if scan(path, deletion_pass.matcher):
            deletion_pass.busy = True
            self._writers.seal(path.parent.name)

    def _remove_from_sealed(
        self, path: Path, deletion_pass: DeletionPass, stream_id: str | None
    ) -> None:
        deletion_pass.scanned += 1
        if self._is_clean(path, deletion_pass):
            return
        if compression := pending_compression(path):
            compress_segment(self._file_system, path, compression)
            deletion_pass.busy = True
            return
        done = redact(
            self._file_system,
            path,
            deletion_pass.matcher,
            deletion_pass.now,
            deletion_pass.record_found,
        )
        folder = path.parent.name
        if done is not None and done.manifest is None:
            deletion_pass.record_unverified(folder, path.name, done.found)
        elif manifest_path(path).exists():
            manifest = read_manifest(manifest_path(path).read_bytes())
            deletion_pass.record_removed(folder, path.name, manifest, stream_id)
        self._note_clean(path, deletion_pass)

    def _is_clean(self, path: Path, deletion_pass: DeletionPass) -> bool:
        known, looked_for = self._clean.get(path, (None, frozenset()))
        return known == _identity(path) and looked_for.issuperset(deletion_pass.matcher.orders)

    def _note_clean(self, path: Path, deletion_pass: DeletionPass) -> None:
        self._clean[path] = (_identity(path), frozenset(deletion_pass.matcher.orders))


def bounded(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines up to what a file may hold unpacked; raises DamagedError past it."""
    left = MOST_UNPACKED
    for line in lines:
        left -= len(line)
        if left < 0:
            raise DamagedError(f"it unpacks to more than {MOST_UNPACKED >> 30} GiB")
        yield line


@contextmanager
def _recorded_errors(path: Path, deletion_pass: DeletionPass) -> Iterator[None]:
    """Record what goes wrong with one file and go on with the others."""
    try:
        yield
    except FileNotFoundError:
        deletion_pass.busy = True  # sealed, packed, shipped or deleted meanwhile
    except SegmentBusyError:
        deletion_pass.busy = True
    except (DamagedError, ManifestError, OSError) as error:
        deletion_pass.errors.append(f"{path.name}: {error}")
    except MemoryError:
        deletion_pass.errors.append(f"{path.name}: it takes too much memory to look through")


def _identity(path: Path) -> FileIdentity:
    stat = path.stat()
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns)
