"""A segment while it is open: created, appended to, synced, sealed."""

import itertools
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from workers.captures.segments.file_system import FileSystem, give_name, holds, write_all
from workers.captures.segments.manifest import (
    Manifest,
    Provenance,
    draft_path,
    manifest_of,
    write_draft,
    write_manifest,
)
from workers.captures.segments.names import SegmentInterval, is_taken, names
from workers.captures.segments.totals import SegmentLine, SegmentTotals
from workers.captures.settings import CaptureSettings

log = logging.getLogger(__name__)


class OpenSegment:
    """One open file. Every method may raise OSError; what was written before stays valid."""

    def __init__(
        self,
        file_system: FileSystem,
        folder: Path,
        base: str,
        settings: CaptureSettings,
        interval: SegmentInterval,
    ) -> None:
        self._file_system = file_system
        self._folder = folder
        self._settings = settings
        self._descriptor = -1
        self.base = base
        self.interval = interval
        self.totals = SegmentTotals()
        self._synced = 0
        self.broken = False
        """Whether it can only be abandoned; repair seals it later."""

    @property
    def path(self) -> Path:
        """The path while it is open."""
        return self._folder / (self.base + self._settings.temporary_extension)

    @property
    def dirty(self) -> bool:
        """Whether lines were written that are not synced."""
        return self.totals.bytes > self._synced

    @classmethod
    def open(
        cls,
        file_system: FileSystem,
        folder: Path,
        settings: CaptureSettings,
        interval: SegmentInterval,
        provenance: Provenance,
    ) -> Self:
        """Create and lock a file under a free name, and write its provenance."""
        for base in names(provenance.collection, interval.start, settings):
            if is_taken(base, os.listdir(folder)):
                continue
            segment = cls(file_system, folder, base, settings, interval)
            if segment._claim():
                break
        try:
            segment.describe(provenance)
            file_system.sync_folder(folder)
        except OSError:
            segment.abandon()
            raise
        return segment

    def _claim(self) -> bool:
        """Create the file; False when another process took the name first."""
        try:
            self._descriptor = self._file_system.create(self.path)
        except FileExistsError:
            return False
        mine = self._file_system.lock(self._descriptor) and holds(self._descriptor, self.path)
        entries = [entry for entry in os.listdir(self._folder) if entry != self.path.name]
        if mine and not is_taken(self.base, entries):
            return True
        if mine:  # sealed by another while we looked: leave no trace under that name
            self._file_system.unlink(self.path)
        self._file_system.close(self._descriptor)
        return False

    def describe(self, provenance: Provenance) -> None:
        """Write the provenance, in case repair has to seal the segment."""
        write_draft(self._file_system, draft_path(self._folder, self.base), provenance)

    def append(self, lines: Sequence[SegmentLine]) -> None:
        """Add all of `lines`, or none and raise OSError."""
        blob = b"".join([line.data for line in lines])
        if self.broken:
            self._cut_back()
        try:
            write_all(self._file_system, self._descriptor, blob)
        except OSError:
            self.broken = True
            self._cut_back()
            raise
        self.totals.add(lines, blob)

    def _cut_back(self) -> None:
        """Remove an incomplete write, so that the file ends with a whole line."""
        self._file_system.truncate(self._descriptor, self.totals.bytes)
        self.broken = False

    def sync(self) -> None:
        """Wait until its lines so far are on the disk; after OSError, abandon it."""
        written = self.totals.bytes
        self._file_system.fsync(self._descriptor)
        self._synced = written

    def seal(self, provenance: Provenance, now: int) -> tuple[Path, Manifest]:
        """Sync, give the file its final name and a manifest; returns both. Never overwrites.

        Killed or refused at any point, repair finishes what is missing.
        """
        if self.broken:
            self._cut_back()
        self._file_system.fsync(self._descriptor)
        data = self._name_finally(provenance.collection)
        self._file_system.sync_folder(self._folder)
        manifest = manifest_of(data.name, self.totals, provenance, now)
        write_manifest(self._file_system, data, manifest)
        self._file_system.unlink(self.path)
        self._file_system.unlink(draft_path(self._folder, self.base))
        self._file_system.sync_folder(self._folder)
        self._close()
        return data, manifest

    def _name_finally(self, collection: str) -> Path:
        """Rename the file to its own name or, when that is taken, the next free one."""
        series = names(collection, self.interval.start, self._settings)
        for base in itertools.chain([self.base], series):
            if base != self.base and is_taken(base, os.listdir(self._folder)):
                continue
            try:
                give_name(self._file_system, self.path, self._folder / base)
                break
            except FileExistsError:
                continue
        return self._folder / base

    def abandon(self) -> None:
        """Close the file as it is; repair seals it."""
        if self._descriptor >= 0:
            log.warning("%s stays open for repair to seal", self.path)
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            self._file_system.close(descriptor)
