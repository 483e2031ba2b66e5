"""Repair: seals segments that a crash left open, and writes missing manifests.

It can run at any time, in several processes, and be killed anywhere: it leaves the segments that a
living writer has locked, and every step leaves a state from which the next run continues.
"""

import logging
import os
from pathlib import Path

import msgspec
from msgspec import UNSET

from streams.collection import collection_of
from streams.names import source_of
from streams.sources import reads_on
from workers.captures.redaction.redaction import finish_redactions
from workers.captures.segments.compression import open_local, stored_lines
from workers.captures.segments.file_system import FileSystem, claim, give_name, write_all, write_new
from workers.captures.segments.manifest import (
    GapSpan,
    Manifest,
    Provenance,
    draft_path,
    manifest_of,
    manifest_path,
    read_draft,
    with_file,
    write_manifest,
)
from workers.captures.segments.names import DRAFT, MANIFEST, PART, SIDES, TORN, is_side
from workers.captures.segments.timestamps import iso, written_ms
from workers.captures.segments.totals import totals_of
from workers.captures.settings import SUFFIXES, CaptureSettings

log = logging.getLogger(__name__)

REASON = "writer_died"


class Repaired(msgspec.Struct, frozen=True):
    """A segment that was sealed now; `last_received_at` (ms) is where the gap begins."""

    path: Path
    manifest: Manifest
    partial_bytes: int
    last_received_at: int | None


def repair(
    file_system: FileSystem, folder: Path, settings: CaptureSettings, now: int
) -> list[Repaired]:
    """Repair the folder of one collection; returns what was sealed. Raises OSError."""
    repaired = []
    finish_redactions(file_system, folder)
    for path in sorted(folder.glob(f"*{settings.temporary_extension}")):
        if not is_side(path.name):
            repaired += _seal_left_over(file_system, path, settings, now)
    for path in sorted(folder.iterdir()):
        if _lacks_manifest(path, settings):
            repaired += _add_manifest(file_system, path, now)
    _sweep(file_system, folder, settings)
    return repaired


def _seal_left_over(
    file_system: FileSystem, path: Path, settings: CaptureSettings, now: int
) -> list[Repaired]:
    descriptor = claim(file_system, path)
    if descriptor is None:
        return []
    try:
        base = path.name.removesuffix(settings.temporary_extension)
        sealed = _second_name(path)
        torn = (
            0
            if sealed
            else set_partial_tail_aside(file_system, descriptor, path, path.with_name(base + TORN))
        )
        draft = draft_path(path.parent, base)
        if not sealed and os.fstat(descriptor).st_size == 0:
            found = []
        else:
            sealed = sealed or _give_final_name(file_system, path, base, settings)
            found = _describe(file_system, sealed, read_draft(draft), now, torn, died=True)
        file_system.unlink(path)
        file_system.unlink(draft)
        file_system.sync_folder(path.parent)
        return found
    finally:
        file_system.close(descriptor)


def _second_name(path: Path) -> Path | None:
    """Find the final name of a file whose seal was interrupted after it got that name."""
    mine = path.stat()
    if mine.st_nlink < 2:
        return None
    for other in path.parent.iterdir():
        if other != path and not is_side(other.name) and os.path.samestat(mine, other.stat()):
            return other
    return None


def _give_final_name(
    file_system: FileSystem, path: Path, base: str, settings: CaptureSettings
) -> Path:
    """Rename the file to its final name, or the next that is free."""
    number = -1
    stem = base.removesuffix(settings.extension)
    while True:
        chosen = base if number < 0 else f"{stem}_{number:02d}{settings.extension}"
        target = path.with_name(chosen)
        others = [entry for entry in os.listdir(path.parent) if entry.startswith(chosen)]
        if number < 0 or not others:
            try:
                give_name(file_system, path, target)
                file_system.sync_folder(path.parent)
                return target
            except FileExistsError:
                pass
        number += 1


def _lacks_manifest(path: Path, settings: CaptureSettings) -> bool:
    if is_side(path.name) or path.name.endswith(settings.temporary_extension):
        return False
    base = path.name
    for suffix in filter(None, SUFFIXES.values()):
        base = base.removesuffix(suffix)
    twins = [path.with_name(base + suffix) for suffix in SUFFIXES.values()]
    return (
        base.startswith(collection_of(path.parent.name))
        and base.endswith(settings.extension)
        and path.is_file()
        # One of twins has it: packing was killed half-way, and goes on from there.
        and not any(manifest_path(twin).exists() for twin in twins)
    )


def _add_manifest(file_system: FileSystem, path: Path, now: int) -> list[Repaired]:
    descriptor = claim(file_system, path)
    if descriptor is None:
        return []
    try:
        if manifest_path(path).exists():
            return []
        draft = read_draft(draft_path(path.parent, path.name))
        return _describe(file_system, path, draft, now, torn=0, died=draft is not None)
    finally:
        file_system.close(descriptor)


def _describe(
    file_system: FileSystem, data: Path, draft: Provenance | None, now: int, torn: int, died: bool
) -> list[Repaired]:
    """Write the manifest that is missing."""
    if manifest_path(data).exists():
        return []
    with open_local(data) as stream:
        totals = totals_of(stored_lines(stream))
    provenance = draft or Provenance(collection=collection_of(data.parent.name))
    if died:
        received = totals.last_received_at  # what is lost may have been written before that
        since = now if received is None else written_ms(totals.last_created_at, received)
        provenance.gaps += _gaps_of_death(provenance, iso(since))
    why = "sealed after its writer died" if died else "the manifest was missing"
    manifest = with_file(manifest_of(data.name, totals, provenance, now, why), data)
    write_manifest(file_system, data, manifest)
    return [Repaired(data, manifest, torn, totals.last_received_at)]


def _gaps_of_death(provenance: Provenance, since: str) -> list[GapSpan]:
    """Return the gaps that the death of a writer leaves: none of what is read on afterwards."""
    if provenance.sources is UNSET:
        return (
            [] if reads_on(source_of(provenance.source or "")) else [GapSpan(since, None, REASON)]
        )
    return [GapSpan(since, None, REASON, one) for one in provenance.sources if not reads_on(one)]


def _sweep(file_system: FileSystem, folder: Path, settings: CaptureSettings) -> None:
    """Remove files of interrupted steps, unless their process is still running."""
    entries = set(os.listdir(folder))
    for entry in sorted(entries):
        if entry.endswith(DRAFT):
            base = entry.removesuffix(DRAFT)
            open_now = base + settings.temporary_extension in entries
            unfinished = base in entries and base + MANIFEST not in entries
            if not open_now and not unfinished:
                file_system.unlink(folder / entry)
        elif entry.endswith(PART) and not _is_held(file_system, folder, entry, settings):
            file_system.unlink(folder / entry)


def _is_held(file_system: FileSystem, folder: Path, part: str, settings: CaptureSettings) -> bool:
    """Return whether a process holds the segment that a partial file belongs to."""
    base = part.removesuffix(PART)
    for suffix in (*SIDES, *filter(None, SUFFIXES.values())):
        base = base.removesuffix(suffix)
    for ending in (settings.temporary_extension, *SUFFIXES.values()):
        path = folder / (base + ending)
        descriptor = claim(file_system, path)
        if descriptor is not None:
            file_system.close(descriptor)
        elif path.exists():
            return True
    return False


def set_partial_tail_aside(file_system: FileSystem, descriptor: int, path: Path, side: Path) -> int:
    """Move what follows the last whole line of `path` to `side`; returns its size in bytes.

    `descriptor` holds the claim on `path`. The tail is on the disk before it is cut.
    """
    size, whole, ended = 0, 0, True
    with path.open("rb") as stream:
        for line in stored_lines(stream):
            size += len(line)
            if size - len(line) == whole and _is_whole(line.rstrip(b"\r\n")):
                whole, ended = size, line.endswith(b"\n")
        if not ended and whole == size:
            write_all(file_system, descriptor, b"\n")  # nothing was missing but the line end
            file_system.fsync(descriptor)
            return 0
        if whole == size:
            return 0
        stream.seek(whole)
        tail = stream.read()
    _keep(file_system, side, tail)
    file_system.truncate(descriptor, whole)
    file_system.fsync(descriptor)
    log.warning("%s: Weir moved %d bytes of an incomplete line to %s", path, len(tail), side.name)
    return len(tail)


def _keep(file_system: FileSystem, path: Path, tail: bytes) -> None:
    number = 0
    target = path
    while target.exists():
        if target.read_bytes() == tail:
            return  # an earlier repair was killed before it could cut
        target = path.with_name(f"{path.name}.{number}{TORN}")
        number += 1
    write_new(file_system, target, tail)


def _is_whole(line: bytes) -> bool:
    if not line.strip():
        return True
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
