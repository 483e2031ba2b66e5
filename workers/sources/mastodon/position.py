"""How far the posts of a slot were taken, on its own disk: where a killed collector's heir begins.

Two files to which lines are only added: ids of posts in the order in which they were taken, and
positions. The younger one becomes the older when it has grown for some minutes.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from streams.stream import Stream
from workers.captures.recorder import load_recent_ids
from workers.captures.segments.catalog import CatalogError, SegmentCatalog
from workers.captures.segments.manifest import ManifestError

log = logging.getLogger(__name__)

RECENT_IDS = 50_000
"""How many of the newest ids of a capture of several sources are looked at."""
AGE_MS = 600_000
"""How long the younger file grows. Ids are needed for the minutes before a position."""


class Position(msgspec.Struct, frozen=True):
    """Up to `proved_at` (ms) all posts for these streams were taken, of an instance."""

    proved_at: int
    host: str
    streams: tuple[str, ...]


class Resumption(msgspec.Struct, frozen=True):
    """Where to go on, and what each stream that may go on there has already."""

    proved_at: int
    had: dict[str, frozenset[str]]


class PositionFile:
    """One pair of files a slot below `DATA_DIR/positions`; a disk that refuses costs the proof."""

    def __init__(self, data_dir: Path, slot: str) -> None:
        self._captures = data_dir / "captures"
        name = slot.replace("/", "_").replace(":", "_")
        self._young = data_dir / "positions" / f"{name}.jsonl"
        self._old = self._young.with_suffix(".old.jsonl")
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._begun_at: int | None = None
        self._is_closed = False

    def resume(self, wanted: Sequence[Stream], host: str) -> Resumption | None:
        """Return where to go on for the streams that have been wanted ever since."""
        position, ids = self._read()
        if position is None or position.host != host:
            return None
        known = set(position.streams)
        had = {
            each.id: self._had(each, ids)
            for each in wanted
            if each.id in known and each.changed_at <= position.proved_at
        }
        return Resumption(position.proved_at, had) if had else None

    def take(self, post_id: str) -> None:
        """Record that a post was taken."""
        self._add(msgspec.json.encode(post_id))

    def move(self, position: Position, now: int) -> None:
        """Record a position at a moment (ms)."""
        if self._begun_at is None:
            self._begun_at = now
        elif now - self._begun_at > AGE_MS:
            self._turn(now)
        self._add(msgspec.json.encode(position))

    def close(self) -> None:
        """Close the file for good: what comes later is the next owner's."""
        with self._lock:
            self._is_closed = True
            self._release()

    def _release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _had(self, stream: Stream, ids: list[str]) -> frozenset[str]:
        """Return what a stream has: of a captured one, nothing after the last line on the disk."""
        if stream.folder and stream.further_sources:
            return self._had_of_several(stream.folder, ids)
        last = self._last_kept(stream.folder) if stream.folder else None
        if last is None:
            return frozenset(ids)
        if last in ids:
            at = len(ids) - 1 - ids[::-1].index(last)
            return frozenset(ids[: at + 1])
        return frozenset((*ids, last))

    def _had_of_several(self, name: str, ids: list[str]) -> frozenset[str]:
        """Return what a stream has whose capture ends with posts of any of its sources."""
        kept = load_recent_ids(self._captures / name, RECENT_IDS)
        last = next((at for at, id in reversed(list(enumerate(ids))) if id in kept), -1)
        return frozenset(ids[: last + 1])

    def _last_kept(self, name: str) -> str | None:
        folder = self._captures / name
        try:
            catalog = SegmentCatalog(str(folder))
            manifests = [catalog.manifest(each) for each in catalog.segments()]
        except (CatalogError, ManifestError) as error:
            log.warning("%s does not say what it ends with: %s", folder, error)
            return None
        kept = [each for each in manifests if each and each.last_received_at and each.last_id]
        newest = max(kept, key=lambda each: each.last_received_at or "", default=None)
        return newest.last_id if newest else None

    def _read(self) -> tuple[Position | None, list[str]]:
        position: Position | None = None
        ids: list[str] = []
        for path in (self._old, self._young):
            try:
                lines = path.read_bytes().splitlines()
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("%s cannot be read: %s", path, error)
                continue
            for line in lines:
                try:
                    found = msgspec.json.decode(line, type=str | Position)
                except msgspec.DecodeError:
                    continue  # the line that a kill cut off
                if isinstance(found, Position):
                    position = found
                else:
                    ids.append(found)
        return position, ids

    def _turn(self, now: int) -> None:
        self._begun_at = now
        with self._lock:
            self._release()
            try:
                self._young.replace(self._old)
            except OSError as error:
                log.warning("%s cannot be renamed: %s", self._young, error)

    def _add(self, line: bytes) -> None:
        with self._lock:
            if self._is_closed:
                return
            try:
                if self._file is None:
                    self._young.parent.mkdir(mode=0o700, exist_ok=True)
                    self._file = self._young.open("ab", buffering=0)
                self._file.write(line + b"\n")
            except OSError as error:
                log.warning("%s cannot be written: %s", self._young, error)
