"""Repair: seals what a crash left open, and writes the manifests it left out.

It can be run at any time, by several processes, and be killed anywhere: what a living writer holds
is locked and left alone, and every step leaves a state from which the next run goes on.
"""

import logging
import os
from pathlib import Path

import msgspec

from workers.captures.redaction.redaction import finish_redactions
from workers.captures.segments.compression import open_local, stored_lines
from workers.captures.segments.file_system import FileSystem, claim, name
from workers.captures.segments.manifest import (
    GapSpan,
    Manifest,
    Provenance,
    as_stored,
    draft_path,
    manifest_of,
    manifest_path,
    read_draft,
    write_manifest,
)
from workers.captures.segments.names import DRAFT, MANIFEST, PART, SIDES, TORN, is_side
from workers.captures.segments.partial_tail import set_partial_tail_aside
from workers.captures.segments.timestamps import iso
from workers.captures.segments.totals import totals_of
from workers.captures.settings import SUFFIXES, CaptureSettings

log = logging.getLogger(__name__)

REASON = "writer_died"


class Repaired(msgspec.Struct, frozen=True):
    """A segment that was sealed now; `last_received_at` (ms) is where the gap begins."""

    path: Path
    manifest: Manifest
    torn_bytes: int
    last_received_at: int | None


def repair(disk: FileSystem, folder: Path, settings: CaptureSettings, now: int) -> list[Repaired]:
    """Put the folder of one collection in order; returns what was sealed. Raises OSError."""
    repaired = []
    finish_redactions(disk, folder)
    for path in sorted(folder.glob(f"*{settings.temporary_extension}")):
        if not is_side(path.name):
            repaired += _seal_left_over(disk, path, settings, now)
    for path in sorted(folder.iterdir()):
        if _lacks_manifest(path, settings):
            repaired += _add_manifest(disk, path, now)
    _sweep(disk, folder, settings)
    return repaired


def _seal_left_over(
    disk: FileSystem, path: Path, settings: CaptureSettings, now: int
) -> list[Repaired]:
    descriptor = claim(disk, path)
    if descriptor is None:
        return []
    try:
        base = path.name.removesuffix(settings.temporary_extension)
        sealed = _second_name(path)
        torn = (
            0
            if sealed
            else set_partial_tail_aside(disk, descriptor, path, path.with_name(base + TORN))
        )
        draft = draft_path(path.parent, base)
        if not sealed and os.fstat(descriptor).st_size == 0:
            found = []
        else:
            sealed = sealed or _name(disk, path, base, settings)
            found = _describe(disk, sealed, read_draft(draft), now, torn, died=True)
        disk.unlink(path)
        disk.unlink(draft)
        disk.sync_folder(path.parent)
        return found
    finally:
        disk.close(descriptor)


def _second_name(path: Path) -> Path | None:
    """Find the final name of a file that was killed between getting it and losing the first."""
    mine = path.stat()
    if mine.st_nlink < 2:
        return None
    for other in path.parent.iterdir():
        if other != path and not is_side(other.name) and os.path.samestat(mine, other.stat()):
            return other
    return None


def _name(disk: FileSystem, path: Path, base: str, settings: CaptureSettings) -> Path:
    """Give the file its final name, or the next that is free."""
    number = -1
    stem = base.removesuffix(settings.extension)
    while True:
        chosen = base if number < 0 else f"{stem}_{number:02d}{settings.extension}"
        target = path.with_name(chosen)
        others = [entry for entry in os.listdir(path.parent) if entry.startswith(chosen)]
        if number < 0 or not others:
            try:
                name(disk, path, target)
                disk.sync_folder(path.parent)
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
        base.startswith(path.parent.name)
        and base.endswith(settings.extension)
        and path.is_file()
        # One of twins has it: packing was killed half-way, and goes on from there.
        and not any(manifest_path(twin).exists() for twin in twins)
    )


def _add_manifest(disk: FileSystem, path: Path, now: int) -> list[Repaired]:
    descriptor = claim(disk, path)
    if descriptor is None:
        return []
    try:
        if manifest_path(path).exists():
            return []
        draft = read_draft(draft_path(path.parent, path.name))
        return _describe(disk, path, draft, now, torn=0, died=draft is not None)
    finally:
        disk.close(descriptor)


def _describe(
    disk: FileSystem, data: Path, draft: Provenance | None, now: int, torn: int, died: bool
) -> list[Repaired]:
    """Write the manifest that the writer did not live to write."""
    if manifest_path(data).exists():
        return []
    with open_local(data) as stream:
        totals = totals_of(stored_lines(stream))
    provenance = draft or Provenance(collection=data.parent.name)
    if died:
        since = iso(totals.last_received_at or now)
        provenance.gaps.append(GapSpan(since, None, REASON))
    why = "sealed after its writer died" if died else "the manifest was missing"
    manifest = as_stored(manifest_of(data.name, totals, provenance, now, why), data)
    write_manifest(disk, data, manifest)
    return [Repaired(data, manifest, torn, totals.last_received_at)]


def _sweep(disk: FileSystem, folder: Path, settings: CaptureSettings) -> None:
    """Remove what half-done steps left, unless their doer still lives."""
    entries = set(os.listdir(folder))
    for entry in sorted(entries):
        if entry.endswith(DRAFT):
            base = entry.removesuffix(DRAFT)
            open_now = base + settings.temporary_extension in entries
            unfinished = base in entries and base + MANIFEST not in entries
            if not open_now and not unfinished:
                disk.unlink(folder / entry)
        elif entry.endswith(PART) and not _is_held(disk, folder, entry, settings):
            disk.unlink(folder / entry)


def _is_held(disk: FileSystem, folder: Path, part: str, settings: CaptureSettings) -> bool:
    """Tell whether somebody works on the segment that a draft of a file belongs to."""
    base = part.removesuffix(PART)
    for suffix in (*SIDES, *filter(None, SUFFIXES.values())):
        base = base.removesuffix(suffix)
    for ending in (settings.temporary_extension, *SUFFIXES.values()):
        path = folder / (base + ending)
        descriptor = claim(disk, path)
        if descriptor is not None:
            disk.close(descriptor)
        elif path.exists():
            return True
    return False
