"""Redaction: removes deleted posts from sealed segments; the new manifest proves the rest.

A segment is rewritten beside itself and then takes its own place. What the new manifest says is on
the disk before that; whoever finds such a note knows from the file's checksum whether to finish or
to undo. So it may be killed anywhere.
"""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.segments.compression import (
    CHUNK,
    compress,
    compression_of,
    open_local,
    stored_lines,
)
from workers.captures.segments.file_system import (
    DescriptorWriter,
    FileSystem,
    claim,
    file_sha256,
    write_new,
)
from workers.captures.segments.manifest import (
    Manifest,
    Redaction,
    encode,
    line_fields,
    manifest_path,
    read_manifest,
    with_file,
)
from workers.captures.segments.names import PART, REDACTED
from workers.captures.segments.timestamps import iso
from workers.captures.segments.totals import SegmentTotals
from workers.captures.settings import SUFFIXES, Compression

OnFound = Callable[[dict[str, FoundPosts]], None]

CHANGED = "the file did not match its manifest when lines were removed"


class SegmentBusyError(Exception):
    """Another process holds the segment: try again later."""


class RedactionResult(msgspec.Struct, frozen=True):
    """What was found by order, and the new manifest; None for a file that had none."""

    found: dict[str, FoundPosts]
    manifest: Manifest | None


def redact(
    file_system: FileSystem,
    data: Path,
    matcher: PostMatcher,
    now: int,
    on_found: OnFound = lambda found: None,
) -> RedactionResult | None:
    """Remove what `matcher` finds from a sealed file; None when it finds nothing.

    `on_found` is called with the matches before they are removed. Raises SegmentBusyError,
    DamagedError, ManifestError or OSError, and leaves the file as it was.
    """
    descriptor = claim(file_system, data)
    if descriptor is None:
        raise SegmentBusyError(f"{data.name} is in use by another process")
    try:
        if _has_second_name(data) or pending_compression(data):
            raise SegmentBusyError(f"{data.name} is not completely sealed or compressed")
        finish_redaction(file_system, data)
        found = scan(data, matcher)
        if not found:
            return None
        on_found(found)
        return _replace(file_system, data, matcher, now)
    finally:
        file_system.close(descriptor)


def pending_compression(data: Path) -> Compression | None:
    """Return what a plain file is being packed with, when packing was begun and has not ended."""
    for compression, suffix in SUFFIXES.items():
        if suffix and data.with_name(data.name + suffix).exists():
            return compression
    return None


def _has_second_name(data: Path) -> bool:
    """Return whether a file has another name in its folder: a seal that was cut short."""
    mine = data.stat()
    return mine.st_nlink > 1 and any(
        os.path.samestat(mine, other.stat()) for other in data.parent.iterdir() if other != data
    )


def scan(data: Path, matcher: PostMatcher) -> dict[str, FoundPosts]:
    """Return the matches in a file, by order; the file may still be open. Raises DamagedError."""
    found: dict[str, FoundPosts] = {}
    with open_local(data) as stream:
        for _ in matcher.kept_lines(stored_lines(stream), found):
            pass
    return found


def finish_redaction(file_system: FileSystem, data: Path) -> None:
    """Finish or undo an interrupted redaction; the caller holds the file."""
    note = data.with_name(data.name + REDACTED)
    if not note.exists():
        return
    if file_sha256(data) == read_manifest(note.read_bytes()).sha256:
        file_system.replace(note, manifest_path(data))
    else:
        file_system.unlink(note)
    file_system.sync_folder(data.parent)


def finish_redactions(file_system: FileSystem, folder: Path) -> None:
    """Finish or undo interrupted redactions of all files that no process holds."""
    for note in sorted(folder.glob(f"*{REDACTED}")):
        data = note.with_name(note.name.removesuffix(REDACTED))
        descriptor = claim(file_system, data)
        if descriptor is not None:
            try:
                finish_redaction(file_system, data)
            finally:
                file_system.close(descriptor)
        elif not data.exists():
            file_system.unlink(note)  # shipped, and removed here meanwhile


def _replace(
    file_system: FileSystem, data: Path, matcher: PostMatcher, now: int
) -> RedactionResult:
    before = _manifest_of(data)
    part = data.with_name(data.name + PART)
    file_system.unlink(part)
    descriptor = file_system.create(part)
    try:
        file_system.lock(
            descriptor
        )  # nobody else may take the new file up before its manifest is there
        found, totals = rewrite(
            data, cast(BinaryIO, DescriptorWriter(file_system, descriptor)), matcher
        )
        stat = data.stat()
        os.utime(descriptor, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        file_system.fsync(descriptor)
        after = None
        if before is not None:
            after = describe(before, data, part, totals, matcher, found, now)
            write_new(file_system, data.with_name(data.name + REDACTED), encode(after))
        file_system.replace(part, data)
        file_system.sync_folder(data.parent)
        if after is not None:
            finish_redaction(file_system, data)
        return RedactionResult(found, after)
    except OSError:
        file_system.unlink(part)
        raise
    finally:
        file_system.close(descriptor)


def rewrite(
    source: Path, sink: BinaryIO, matcher: PostMatcher
) -> tuple[dict[str, FoundPosts], SegmentTotals]:
    """Write what stays of a file, packed as it was; returns what was found, and totals."""
    found: dict[str, FoundPosts] = {}
    with open_local(source) as stream:
        lines = _KeptLines(matcher.kept_lines(stored_lines(stream), found))
        kept = io.BufferedReader(lines, CHUNK)
        if (compression := compression_of(source)) != "none":
            compress(kept, sink, compression)
        else:
            while chunk := kept.read(CHUNK):
                sink.write(chunk)
    return found, lines.totals.finish()


def describe(
    before: Manifest,
    old: Path,
    new: Path,
    totals: SegmentTotals,
    matcher: PostMatcher,
    found: dict[str, FoundPosts],
    now: int,
) -> Manifest:
    """Make the manifest of a rewritten file, with a note for each order that found something."""
    notes = [
        Redaction(
            request=order,
            at=iso(now),
            reason=matcher.orders[order].reason,
            count=len(each.lines),
            copies=each.copies,
            ids_sha256=hashlib.sha256("\n".join(sorted(each.lines)).encode()).hexdigest(),
            content_sha256=before.content_sha256,
            action=matcher.action_of(matcher.orders[order]),
        )
        for order, each in found.items()
        if each.lines or each.copies
    ]
    after = msgspec.structs.replace(
        with_file(before, new),
        file=before.file,
        **line_fields(totals),
        redactions=[*before.redactions, *notes],
    )
    if file_sha256(old) != before.sha256:
        after.rebuilt = CHANGED
    return after


def _manifest_of(data: Path) -> Manifest | None:
    try:
        return read_manifest(manifest_path(data).read_bytes())
    except FileNotFoundError:
        return None


def redact_partial_tail(
    file_system: FileSystem,
    torn: Path,
    matcher: PostMatcher,
    on_found: OnFound = lambda found: None,
) -> dict[str, FoundPosts]:
    """Remove an incomplete line that a crash left, when it contains a wanted id."""
    found: dict[str, FoundPosts] = {}
    named = matcher.mentioned_in(torn.read_bytes())
    if named:
        matcher.record_unreadable(named[0].decode(), found)
        on_found(found)
        file_system.unlink(torn)
        file_system.sync_folder(torn.parent)
    return found


class _KeptLines(io.RawIOBase):
    """The lines that stay, as a readable stream; adds up their totals."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.totals = SegmentTotals()
        self._lines = lines
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if not self._held:
            line = next(self._lines, b"")
            if line:
                self.totals.add_stored(line)
            self._held = memoryview(line)
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
