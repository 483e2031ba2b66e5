"""Segment states: tells SQL where the sealed files of this machine are now."""

import os
import time
from collections.abc import Collection
from pathlib import Path

import msgspec

from streams.settings import Settings
from streams.store.segments import Segments, SegmentState, Whereabouts
from workers.captures.folder import PACKED, Shipment
from workers.captures.manifest import ManifestError, read_manifest
from workers.captures.moment import ms_of
from workers.captures.segment_name import MANIFEST, SHIPPED

SETTLED_NS = 1_000_000_000
"""A folder that changed no longer ago may change again unseen: it is looked at once more."""

Mark = tuple[int, int]


class SegmentStates:
    """Packing, shipping and people change folders: `step` compares those that changed with SQL."""

    def __init__(self, settings: Settings, segments: Segments, machine: str) -> None:
        self._root = settings.data_dir / "captures"
        self._ships = settings.object_store is not None
        self._segments = segments
        self._machine = machine
        self._marks: dict[str, Mark] = {}
        """By collection: the newest segment, and when the folder changed, at the last look."""

    def step(self) -> bool:
        """Look at each collection where something changed; raises StoreError, OSError."""
        for collection, newest in self._segments.newest(self._machine).items():
            folder = self._root / collection
            changed_at = folder.stat().st_mtime_ns if folder.is_dir() else 0
            if self._marks.get(collection) == (newest, changed_at):
                continue
            self._look(folder)
            if time.time_ns() - changed_at > SETTLED_NS:
                self._marks[collection] = (newest, changed_at)
        return False

    def _look(self, folder: Path) -> None:
        names = set(os.listdir(folder)) if folder.is_dir() else set()
        for id_, file, known in self._segments.unshipped(self._machine, folder.name):
            name, state = find(file, names, self._ships)
            if (name, state) == (known.stored_as or file, known.state):
                continue
            where = Whereabouts(state, name if name != file else None)
            if state == "shipped":
                record = (folder / (name + SHIPPED)).read_bytes()
                shipment = msgspec.json.decode(record, type=Shipment)
                at = ms_of(shipment.shipped_at)
                where = msgspec.structs.replace(where, shipped_to=shipment.url, shipped_at=at)
            self._segments.found(id_, where, _manifest(folder / (name + MANIFEST)))


def find(file: str, names: Collection[str], ships: bool) -> tuple[str, SegmentState]:
    """Tell what a segment is called among the names of its folder, and in what state it is."""
    possible = [file, *(file + ending for ending in PACKED)]
    for name in reversed(possible):
        if name + SHIPPED in names:
            return name, "shipped"
    for name in possible:
        if name in names:
            return name, "shipping" if ships else "local"
    return file, "missing"


def _manifest(path: Path) -> dict[str, object] | None:
    try:
        plain: dict[str, object] = msgspec.to_builtins(read_manifest(path.read_bytes()))
    except (FileNotFoundError, ManifestError):
        return None
    return plain
