"""A folder of captures, on this disk or in an object store: its segments, and how to read them."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Literal

import fsspec
import msgspec

from workers.captures.segments.compression import decompressed
from workers.captures.segments.manifest import Manifest, ManifestError, read_manifest
from workers.captures.segments.names import MANIFEST, SHIPPED, is_side

SegmentFileState = Literal["sealed", "open", "shipped", "missing"]

_DATA = re.compile(
    r"\.(?:(?:json|jsonl|ndjson|jsonlines|csv|tsv|warc|tar)(?:\.(?:gz|gzip|zst|zstd|bz2|xz))?"
    r"|zip|tgz|tbz2|txz)$"
)
_ARCHIVED = re.compile(r"(?:^|/)tweets?(?:-part\d+)?\.js$")
"""Files with posts in X's account archive; its other scripts hold none."""
OPEN = ".tmp"
PACKED = (".gz", ".zst")


class CatalogError(ValueError):
    """A location that cannot be read; the text is one line for a person."""


class UploadedSegment(msgspec.Struct):
    """What is written down of a segment that went to an object store."""

    url: str
    sha256: str
    bytes: int
    shipped_at: str


class SegmentInfo(msgspec.Struct, frozen=True):
    """One segment as found; `name` is below the folder, `size` in bytes as stored."""

    name: str
    path: str
    size: int
    state: SegmentFileState
    has_manifest: bool


class SegmentCatalog:
    """Reads a folder or one file; the location is a path or any URL that fsspec knows."""

    def __init__(
        self, location: str, on_read: Callable[[int], object] | None = None, **options: Any
    ) -> None:
        self.location = location
        self._on_read = on_read
        with _translate_errors(location):
            self._fs, self._root = fsspec.core.url_to_fs(location, **options)
            if not self._fs.exists(self._root):
                raise FileNotFoundError

    def segments(self) -> list[SegmentInfo]:
        """List the segments at or below the location by name."""
        with _translate_errors(self.location):
            files = self._files()
        found = []
        for path in sorted(files):
            segment = self._stored(path, files)
            if segment is not None:
                found.append(segment)
        return found

    def _files(self) -> dict[str, int]:
        """Map the path of every file to its bytes."""
        if self._fs.isfile(self._root):
            return {self._root: int(self._fs.size(self._root))}
        details = self._fs.find(self._root, detail=True)
        return {path: int(info["size"]) for path, info in details.items()}

    def _stored(self, path: str, files: dict[str, int]) -> SegmentInfo | None:
        """Return what a file is; None when it stands beside a segment or is named by another."""
        name = self._name(path)
        if any(path.removesuffix(MANIFEST) + twin + MANIFEST in files for twin in PACKED):
            return None  # what packing had not yet removed
        if path.endswith(MANIFEST) and self._root != path:
            data = path.removesuffix(MANIFEST)
            if data in files:
                return None
            state: SegmentFileState = "shipped" if data + SHIPPED in files else "missing"
            return SegmentInfo(self._name(data), data, 0, state, True)
        if is_side(path):
            return None
        if path + MANIFEST in files or (path == self._root and self._fs.exists(path + MANIFEST)):
            return SegmentInfo(name, path, files[path], "sealed", True)
        if path.endswith(OPEN):
            sealed = path.removesuffix(OPEN) in files
            return None if sealed else SegmentInfo(name, path, files[path], "open", False)
        named = path == self._root or _DATA.search(path) or _ARCHIVED.search(path)
        return SegmentInfo(name, path, files[path], "sealed", False) if named else None

    def _name(self, path: str) -> str:
        if path == self._root:
            return PurePosixPath(path).name
        return path.removeprefix(self._root).lstrip("/")

    @contextmanager
    def open(self, path: str) -> Iterator["CountingReader"]:
        """Open a segment as it is stored. Opening or reading it may raise CatalogError."""
        with _translate_errors(path):
            stream = self._fs.open(path, "rb")
        try:
            yield CountingReader(stream, self._tap, path)
        finally:
            stream.close()

    def _tap(self, data: bytes) -> None:
        if self._on_read is not None:
            self._on_read(len(data))

    @contextmanager
    def open_decompressed(self, path: str) -> Iterator[BinaryIO]:
        """Open the lines of a segment, whatever it is packed with."""
        with self.open(path) as stream:
            yield decompressed(stream)

    def manifest(self, segment: SegmentInfo) -> Manifest | None:
        """Read the manifest of a segment; raises ManifestError."""
        if not segment.has_manifest:
            return None
        with _translate_errors(segment.path):
            try:
                data = self._fs.cat_file(segment.path + MANIFEST)
            except FileNotFoundError:
                raise ManifestError("the manifest has gone") from None
        return read_manifest(data)

    def upload_record(self, segment: SegmentInfo) -> UploadedSegment | None:
        """Read where a shipped segment went."""
        try:
            return msgspec.json.decode(
                self._fs.cat_file(segment.path + SHIPPED), type=UploadedSegment
            )
        except (FileNotFoundError, msgspec.DecodeError):
            return None


class CountingReader(io.RawIOBase):
    """Passes bytes on, counts them, and shows them to `tap`."""

    def __init__(
        self, source: "BinaryIO | CountingReader", tap: Callable[[bytes], object], path: str = ""
    ) -> None:
        self._source = source
        self._tap = tap
        self._path = path
        self.count = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fill a buffer."""
        with _translate_errors(self._path):
            data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._tap(data)
        self.count += len(data)
        return len(data)


@contextmanager
def _translate_errors(location: str) -> Iterator[None]:
    """Turn the errors of every kind of store into a CatalogError of one line."""
    try:
        yield
    except (CatalogError, ManifestError):
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise CatalogError(f"{location}: no such folder or file") from None
    except Exception as error:
        message = (str(error) or type(error).__name__).splitlines()[0][:300]
        raise CatalogError(f"{location}: cannot be read: {message}") from error
