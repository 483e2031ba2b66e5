"""Redaction in an object store: download, rewrite, upload in its place, verify.

As on a disk, what the new manifest says is stored first, so that any later run can tell from the
object's checksum whether to finish or to begin again.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec  # type: ignore[import-untyped]

from workers.captures.maintenance.upload import is_there, is_whole
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.redaction.redaction import (
    OnFound,
    RedactionResult,
    describe,
    redact_partial_tail,
    rewrite,
    scan,
)
from workers.captures.segments.catalog import SegmentCatalog, SegmentInfo
from workers.captures.segments.compression import stored_lines
from workers.captures.segments.file_system import FileSystem, file_sha256
from workers.captures.segments.manifest import Manifest, encode, read_manifest
from workers.captures.segments.names import MANIFEST, PART, REDACTED, TORN


class ObjectStoreRedaction:
    """Redacts one folder of an object store, with an empty local folder for copies."""

    def __init__(self, url: str, work: Path, **options: Any) -> None:
        """Open the store; may raise whatever that store raises."""
        self._store, self._root = fsspec.core.url_to_fs(url, **options)
        self._store.invalidate_cache()
        self._folder = SegmentCatalog(url, **options) if self._store.exists(self._root) else None
        self._work = work

    def segments(self) -> list[tuple[SegmentInfo, Manifest]]:
        """List segments with a manifest; raises CatalogError, ManifestError."""
        if self._folder is None:
            return []
        found = [each for each in self._folder.segments() if each.has_manifest]
        manifests = [self._folder.manifest(each) for each in found]
        return [(each, known) for each, known in zip(found, manifests, strict=True) if known]

    def url(self, segment: SegmentInfo) -> str:
        """Return the URL of a segment as its upload record has it."""
        return str(self._store.unstrip_protocol(segment.path))

    def lines(self, segment: SegmentInfo) -> Iterator[bytes]:
        """Yield the lines of a segment; raises CatalogError, DamagedError."""
        if self._folder is not None:
            with self._folder.open_decompressed(segment.path) as stream:
                yield from stored_lines(stream)

    def redact(
        self, segment: SegmentInfo, matcher: PostMatcher, now: int, on_found: OnFound
    ) -> RedactionResult | None:
        """Remove what `matcher` finds; None when it finds nothing."""
        shutil.rmtree(self._work, ignore_errors=True)  # what was killed may hold deleted posts
        self._work.mkdir(mode=0o700, parents=True)
        try:
            return self._redact(segment.path, matcher, now, on_found)
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    def redact_partial_tail(
        self, segment: SegmentInfo, matcher: PostMatcher, on_found: OnFound
    ) -> dict[str, FoundPosts]:
        """Remove an incomplete line beside a segment, when it contains a wanted id."""
        path = segment.path + TORN
        if not self._store.exists(path):
            return {}
        self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy = self._work / "torn"
        self._store.get_file(path, str(copy))
        found = redact_partial_tail(FileSystem(), copy, matcher, on_found)
        copy.unlink(missing_ok=True)
        if found:
            self._store.rm_file(path)
        return found

    def _redact(
        self, path: str, matcher: PostMatcher, now: int, on_found: OnFound
    ) -> RedactionResult | None:
        name = path.rpartition("/")[2]
        before, after = self._work / name, self._work / ("new-" + name)
        self._store.get_file(path, str(before))
        self._finish_earlier(path, before)
        held = scan(before, matcher)
        if not held:
            return None
        on_found(held)
        known = read_manifest(self._store.cat_file(path + MANIFEST))
        with after.open("wb") as sink:
            found, totals = rewrite(before, cast(BinaryIO, sink), matcher)
        manifest = describe(known, before, after, totals, matcher, found, now)
        self._store.pipe_file(path + REDACTED, encode(manifest))
        self._upload(after, path)
        if not is_there(self._store, path, after, manifest.sha256):
            raise OSError(f"{path}: the store does not hold the bytes that were uploaded")
        self._finish(path, manifest)
        return RedactionResult(found, manifest)

    def _finish_earlier(self, path: str, data: Path) -> None:
        """Finish or undo an interrupted run."""
        if not self._store.exists(path + REDACTED):
            return
        manifest = read_manifest(self._store.cat_file(path + REDACTED))
        if file_sha256(data) == manifest.sha256:
            self._finish(path, manifest)
        else:
            self._store.rm_file(path + REDACTED)

    def _finish(self, path: str, manifest: Manifest) -> None:
        self._store.pipe_file(path + MANIFEST, encode(manifest))
        self._store.rm_file(path + REDACTED)
        self._store.invalidate_cache()

    def _upload(self, data: Path, path: str) -> None:
        """Replace the old object atomically."""
        if is_whole(self._store):
            self._store.put_file(str(data), path)
        else:
            self._store.put_file(str(data), path + PART)
            self._store.mv(path + PART, path)
