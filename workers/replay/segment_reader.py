"""The segments of a recording: on this disk, or downloaded from an object store when due."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from streams.object_store import BLOCK, ObjectStore
from streams.store.segments import SegmentRecord, Segments
from workers.captures.segments.catalog import (
    CatalogError,
    CountingReader,
    SegmentCatalog,
    SegmentInfo,
)
from workers.captures.segments.manifest import Manifest, ManifestError

Pair = tuple[SegmentInfo, Manifest | None]


class SegmentDownloads:
    """Captures that are not on this disk; `work` is a folder for downloads."""

    def __init__(self, store: ObjectStore | None, work: Path) -> None:
        self.store = store
        self.work = work

    def has(self, segment: SegmentRecord) -> bool:
        """Return whether a segment can be downloaded."""
        where = segment.where
        reached = self.store is not None and self.store.reaches(where.shipped_to)
        return where.state == "shipped" and reached

    @contextmanager
    def download(self, segment: SegmentRecord) -> Iterator[BinaryIO]:
        """Open a verified temporary copy. Raises CatalogError."""
        url, sha256 = segment.where.shipped_to or "", segment.manifest["sha256"]
        if self.store is None:
            raise CatalogError(f"{url}: no object store is set")
        with tempfile.TemporaryFile(dir=self.work) as copy:
            digest = hashlib.sha256()
            try:
                with self.store.open(url) as source:
                    while piece := source.read(BLOCK):
                        digest.update(piece)
                        copy.write(piece)
            except Exception as error:  # each kind of store has errors of its own
                reason = self.store.describe(error)
                raise CatalogError(f"{url}: cannot be read: {reason}") from None
            if digest.hexdigest() != sha256:
                raise CatalogError(f"{url}: does not match its manifest")
            copy.seek(0)
            yield copy


class SegmentArchive(SegmentDownloads):
    """The same, with the list of what there is."""

    def __init__(self, segments: Segments, store: ObjectStore | None, work: Path) -> None:
        super().__init__(store, work)
        self._segments = segments

    def known(self, account_id: int, collection: str) -> list[SegmentRecord]:
        """List an account's segments of a collection, wherever they are; raises StoreError."""
        return self._segments.of_collection(account_id, collection)

    def folder(self, account_id: int, collection: str) -> str:
        """Name the folder of an account's collection; raises StoreError."""
        return self._segments.folder(account_id, collection)


class SegmentReader:
    """Reads segments like a SegmentCatalog, from a folder and from an archive."""

    def __init__(
        self,
        location: Path,
        on_read: Callable[[int], object],
        archive: SegmentDownloads | None = None,
    ) -> None:
        self.elsewhere = 0
        """Known segments that cannot be read from here."""
        self._location = location
        self._on_read = on_read
        self._archive = archive
        self._folder: SegmentCatalog | None = None
        self._far: dict[str, tuple[SegmentRecord, Manifest]] = {}

    def segments(self, known: Sequence[SegmentRecord]) -> list[Pair]:
        """List what can be read, by name: what is here, and what of `known` can be fetched.

        The lines tell which segments are the same, whatever they are packed with. Raises
        CatalogError.
        """
        here: list[Pair] = []
        if self._location.exists() or not known:
            self._folder = folder = SegmentCatalog(str(self._location), on_read=self._on_read)
            here = [(segment, _manifest(folder, segment)) for segment in folder.segments()]
        found = [pair for pair in here if pair[0].state in ("sealed", "open")]
        far = {each.manifest["content_sha256"]: each for each in known if self._has(each)}
        found += [self._put(far[content]) for content in far.keys() - _contents(found)]
        everything = _contents(here) | {each.manifest["content_sha256"] for each in known}
        self.elsewhere = len(everything - _contents(found))
        return sorted(found, key=lambda pair: pair[0].name)

    def manifest(self, segment: SegmentInfo) -> Manifest | None:
        """Read the manifest of a segment; raises ManifestError."""
        if segment.path in self._far:
            return self._far[segment.path][1]
        return self._folder.manifest(segment) if self._folder else None

    @contextmanager
    def open(self, path: str) -> "Iterator[CountingReader]":
        """Open a segment as it is stored; raises CatalogError."""
        if path in self._far and self._archive is not None:
            with self._archive.download(self._far[path][0]) as copy:
                yield CountingReader(copy, lambda data: self._on_read(len(data)), path)
        elif self._folder is not None:
            with self._folder.open(path) as stored:
                yield stored

    def _has(self, segment: SegmentRecord) -> bool:
        return self._archive is not None and self._archive.has(segment)

    def _put(self, segment: SegmentRecord) -> Pair:
        path = segment.where.shipped_to or ""
        manifest = msgspec.convert(segment.manifest, Manifest)
        self._far[path] = segment, manifest
        return SegmentInfo(path.rpartition("/")[2], path, segment.bytes, "shipped", True), manifest


def _contents(pairs: Sequence[Pair]) -> set[str]:
    return {manifest.content_sha256 for _, manifest in pairs if manifest is not None}


def _manifest(folder: SegmentCatalog, segment: SegmentInfo) -> Manifest | None:
    try:
        return folder.manifest(segment)
    except ManifestError:
        return None
