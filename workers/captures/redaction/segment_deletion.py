"""Erasing: takes deleted posts out of files, be they sealed, open, torn, or brought by others."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from workers.captures.maintenance.compress import compress_segment
from workers.captures.recorder import recorders
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.redaction.redaction import (
    SegmentBusyError,
    packed_beside,
    redact,
    redact_partial_tail,
    scan,
)
from workers.captures.segments.compression import DamagedError, open_local, stored_lines
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import Manifest, ManifestError, manifest_path, read_manifest
from workers.captures.segments.names import TORN, is_side

MOST_UNPACKED = 64 << 30
"""Bytes of lines that a foreign file is looked through for; a hostile one has no end."""

FileIdentity = tuple[int, int, int]


class DeletionPass(Protocol):
    """One pass over files: what is looked for, and who is told what came of it."""

    search: PostMatcher
    now: int
    looked: int
    busy: bool
    """Whether somebody held a file, so that it must be looked at again."""
    trouble: list[str]

    def tell(self, found: dict[str, FoundPosts]) -> None:
        """Hear what was found, before it goes."""

    def record_removed(
        self, collection: str, file: str, manifest: Manifest, stream_id: str | None
    ) -> None:
        """Hear what a segment's manifest says by now, whether that is new or not."""

    def record_unverified(self, collection: str, file: str, found: dict[str, FoundPosts]) -> None:
        """Hear what went that no manifest tells of."""


class SegmentDeletion:
    """What was looked through is not looked through again until it changes."""

    def __init__(self, file_system: FileSystem) -> None:
        self._file_system = file_system
        self._clean: dict[Path, tuple[FileIdentity, frozenset[str]]] = {}
        self._hopeless: dict[Path, tuple[FileIdentity, str]] = {}

    def forget(self) -> None:
        """Begin anew: nothing is pending."""
        self._clean.clear()
        self._hopeless.clear()

    def take_from(
        self, path: Path, temporary_extension: str, work: DeletionPass, stream_id: str | None = None
    ) -> None:
        """Look through a file of a collection; what goes wrong is told in `work`."""
        with _troubles_of(path, work):
            if TORN in path.name:
                found = redact_partial_tail(self._file_system, path, work.search, work.tell)
                work.record_unverified(path.parent.name, path.name, found)
            elif is_side(path.name):
                return
            elif path.name.endswith(temporary_extension):
                _look_into_open(path, work)
            else:
                self._take_from_sealed(path, work, stream_id)

    def take_from_foreign(self, path: Path, collection: str, work: DeletionPass) -> None:
        """Look through a file that somebody brought: it may hold, and be called, anything."""
        with _troubles_of(path, work):
            work.looked += 1
            identity, text = self._hopeless.get(path, (None, ""))
            if identity == _identity(path):
                raise DamagedError(text)
            if self._is_clean(path, work):
                return
            if self._holds_any(path, work):
                done = redact(self._file_system, path, work.search, work.now, work.tell)
                work.record_unverified(collection, path.name, done.found if done else {})
            self._note_clean(path, work)

    def _holds_any(self, path: Path, work: DeletionPass) -> bool:
        found: dict[str, FoundPosts] = {}
        try:
            with open_local(path) as stream:
                for _ in work.search.keep(bounded(stored_lines(stream)), found):
                    pass
        except DamagedError as error:
            if found:  # what cannot be read of it would be lost
                text = f"{error}; it holds deleted posts: delete the file"
                self._hopeless[path] = (_identity(path), text)
                raise DamagedError(text) from None
        return bool(found)

    def _take_from_sealed(self, path: Path, work: DeletionPass, stream_id: str | None) -> None:
        work.looked += 1
        if self._is_clean(path, work):
            return
        if compression := packed_beside(path):
            compress_segment(self._file_system, path, compression)
            work.busy = True
            return
        done = redact(self._file_system, path, work.search, work.now, work.tell)
        collection = path.parent.name
        if done is not None and done.manifest is None:
            work.record_unverified(collection, path.name, done.found)
        elif manifest_path(path).exists():
            manifest = read_manifest(manifest_path(path).read_bytes())
            work.record_removed(collection, path.name, manifest, stream_id)
        self._note_clean(path, work)

    def _is_clean(self, path: Path, work: DeletionPass) -> bool:
        known, looked_for = self._clean.get(path, (None, frozenset()))
        return known == _identity(path) and looked_for.issuperset(work.search.orders)

    def _note_clean(self, path: Path, work: DeletionPass) -> None:
        self._clean[path] = (_identity(path), frozenset(work.search.orders))


def write_out(collection: str) -> bool:
    """Bring to the disk what waits of a collection in this process; False when it refuses."""
    written = [recorder.write_out(collection) for recorder in list(recorders)]
    return all(written)


def bounded(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines up to what a file may hold unpacked; raises DamagedError past it."""
    left = MOST_UNPACKED
    for line in lines:
        left -= len(line)
        if left < 0:
            raise DamagedError(f"it unpacks to more than {MOST_UNPACKED >> 30} GiB")
        yield line


def _look_into_open(path: Path, work: DeletionPass) -> None:
    """Have an open segment sealed when it holds anything: it is taken out afterwards."""
    work.looked += 1
    if scan(path, work.search):
        work.busy = True
        for recorder in list(recorders):
            recorder.seal(path.parent.name)


@contextmanager
def _troubles_of(path: Path, work: DeletionPass) -> Iterator[None]:
    """Note what goes wrong with one file; the others are gone through all the same."""
    try:
        yield
    except FileNotFoundError:
        work.busy = True  # sealed, packed, shipped or deleted meanwhile
    except SegmentBusyError:
        work.busy = True
    except (DamagedError, ManifestError, OSError) as error:
        work.trouble.append(f"{path.name}: {error}")


def _identity(path: Path) -> FileIdentity:
    stat = path.stat()
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns)
