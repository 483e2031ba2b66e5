"""Segment states: records in SQL where the sealed files of this machine are."""

import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from streams.settings import Settings
from streams.store import Store
from streams.store.segments import SegmentLocation, SegmentState
from workers.captures.segments.catalog import PACKED, UploadedSegment
from workers.captures.segments.manifest import ManifestError, read_manifest
from workers.captures.segments.names import MANIFEST, SHIPPED, plain_name
from workers.captures.segments.timestamps import ms_of

SETTLED_NS = 1_000_000_000
"""Nanoseconds; a folder that changed more recently is checked once more."""

Mark = tuple[int, int]


class SegmentStates:
    """Compression, uploads and people change folders: `step` compares changed ones with SQL.

    Segments that repair sealed after a crash are recorded too.
    """

    def __init__(self, settings: Settings, store: Store, machine: str) -> None:
        self._root = settings.data_dir / "captures"
        self._ships = settings.object_store is not None
        self._streams = store.streams
        self._segments = store.segments
        self._machine = machine
        self._marks: dict[str, Mark] = {}
        """By folder: the newest segment, and when the folder changed, at the last look."""

    def step(self) -> bool:
        """Check each folder that changed; raises StoreError, OSError."""
        newest_of = self._segments.newest(self._machine)
        there = self._root.iterdir() if self._root.is_dir() else ()
        for name in newest_of.keys() | {each.name for each in there if each.is_dir()}:
            folder, newest = self._root / name, newest_of.get(name, 0)
            changed_at = folder.stat().st_mtime_ns if folder.is_dir() else 0
            if self._marks.get(name) == (newest, changed_at):
                continue
            self._look(folder)
            if time.time_ns() - changed_at > SETTLED_NS:
                self._marks[name] = (newest, changed_at)
        return False

    def _look(self, folder: Path) -> None:
        names = set(os.listdir(folder)) if folder.is_dir() else set()
        self._note_unknown(folder, names)
        for id_, file, known in self._segments.unshipped(self._machine, folder.name):
            name, state = find(file, names, self._ships)
            if (name, state) == (known.stored_as or file, known.state):
                continue
            where = SegmentLocation(state, name if name != file else None)
            if state == "shipped":
                record = (folder / (name + SHIPPED)).read_bytes()
                upload_record = msgspec.json.decode(record, type=UploadedSegment)
                at = ms_of(upload_record.shipped_at)
                where = msgspec.structs.replace(where, shipped_to=upload_record.url, shipped_at=at)
            self._segments.found(id_, where, _manifest(folder / (name + MANIFEST)))

    def _note_unknown(self, folder: Path, names: set[str]) -> None:
        known = self._segments.files(self._machine, folder.name)
        described = {name.removesuffix(MANIFEST) for name in names if name.endswith(MANIFEST)}
        sealed = {plain_name(name): name for name in described if {name, name + SHIPPED} & names}
        unknown = sealed.keys() - known
        stream = self._streams.of_folder(folder.name) if unknown else None
        for file in unknown:
            manifest = _manifest(folder / (sealed[file] + MANIFEST))
            if stream is None or manifest is None or manifest["machine"] != self._machine:
                continue  # put there by hand
            manifest["file"] = file
            sealed_at = ms_of(manifest["sealed_at"])
            counts = (manifest["count"], manifest["bytes"], sealed_at)
            self._segments.add(stream.id, folder.name, self._machine, *counts, manifest)


def find(file: str, names: Collection[str], ships: bool) -> tuple[str, SegmentState]:
    """Return the name of a segment in its folder, and its state."""
    possible = [file, *(file + ending for ending in PACKED)]
    for name in reversed(possible):
        if name + SHIPPED in names:
            return name, "shipped"
    for name in possible:
        if name in names:
            return name, "shipping" if ships else "local"
    return file, "missing"


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = msgspec.to_builtins(read_manifest(path.read_bytes()))
    except (FileNotFoundError, ManifestError):
        return None
    return found
