"""Maintains sealed segments while captures run: repairs, compresses, uploads, makes room."""

import logging
import shutil
import threading
from collections import deque
from collections.abc import Callable, Sequence
from math import exp
from pathlib import Path
from typing import Protocol

import msgspec

from streams.live.machines import MAX_ACTIONS, StorageAction, StorageStatus
from streams.object_store import ObjectStore
from workers.captures.maintenance.compress import compress_segment, compressible
from workers.captures.maintenance.disk_policy import (
    DiskDecision,
    DiskLimits,
    DiskState,
    RunningCapture,
    decide,
    may_resume,
)
from workers.captures.maintenance.repair import repair
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.writer import SegmentWriter
from workers.captures.settings import CaptureSettings, Compression

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between steps when nothing is due."""
REPAIR_EVERY = 60_000
"""Milliseconds between repairs of what a failing disk left unfinished."""
RATE_MS = 600_000
ROOM_PACKING: Compression = "zstd"


class MaintenanceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where segments are uploaded to and when the maintainer makes room."""

    upload_to: ObjectStore | None = None
    """None keeps segments on this machine."""
    keep_minutes: float = 10.0
    """Minutes that an uploaded segment stays here: a restart reads the newest ids from it."""
    limits: DiskLimits = DiskLimits()


class ActiveCaptures(Protocol):
    """The captures to maintain: those of one recorder, or of all."""

    @property
    def root(self) -> Path: ...  # noqa: D102
    def writers(self) -> Sequence[SegmentWriter]: ...  # noqa: D102
    def settings_of(self, folder: str) -> CaptureSettings: ...  # noqa: D102


class SegmentMaintainer:
    """One per machine is enough; two do no harm. `step` does one thing; `start` repeats it."""

    def __init__(
        self,
        captures: ActiveCaptures,
        settings: MaintenanceSettings,
        *,
        file_system: FileSystem | None = None,
        clock: Callable[[], int],
        usage: Callable[[Path], tuple[int, int]] | None = None,
    ) -> None:
        """The collector that writes the captures must stop the one that `decision` names."""
        self.decision = DiskDecision(None)
        self._state = DiskState(0, 0)
        self._captures = captures
        self._settings = settings
        self._actions: deque[StorageAction] = deque(maxlen=MAX_ACTIONS)
        self._waiting = 0
        self._counted_at = 0
        self._file_system = file_system or FileSystem()
        self._clock = clock
        self._usage = usage or _usage
        self._uploaders: dict[Path, SegmentUploader] = {}
        self._written: dict[str, tuple[int, int]] = {}
        self._rates: dict[str, float] = {}
        self._repaired_at = clock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start maintaining the segments, in a separate thread."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop after the current step; the rest is done after the next start."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def has_room_for(self, folder: str) -> bool:
        """Return whether a capture that the policy stopped may run again."""
        return may_resume(self._state, self._settings.limits, self._rates.get(folder, 0.0))

    def faults(self) -> dict[str, str]:
        """Return by folder why its segments cannot be uploaded."""
        uploaders = list(self._uploaders.items())
        return {folder.name: fault for folder, each in uploaders if (fault := each.fault)}

    def message_for(self, folder: str) -> str | None:
        """Return what a capture's owner should know about the disk and uploads; None if nothing."""
        parts = [self.decision.public] if self.decision.public else []
        if fault := self.faults().get(folder):
            parts.append(f"Sealed files wait on this machine: {fault}")
        return " ".join(parts) or None

    def status(self) -> StorageStatus:
        """Return the state of the storage, for the machines page."""
        store, decision = self._settings.upload_to, self.decision
        return StorageStatus(
            hours_left=decision.hours_left,
            level=decision.level,
            message=decision.public,
            deeds=tuple(self._actions),
            ships_to=store.url if store else None,
            waiting=self._waiting,
            faults=self.faults(),
        )

    def step(self) -> bool:
        """Do one thing; False when nothing was due. Raises OSError."""
        now = self._clock()
        self._watch_disk(now)
        folders = self._folders()
        self._count_waiting(folders, now)
        if now - self._repaired_at >= REPAIR_EVERY:
            self._repaired_at = now
            for folder in folders:
                repair(self._file_system, folder, self._captures.settings_of(folder.name), now)
        for folder in folders:
            chosen = self._captures.settings_of(folder.name)
            for data in compressible(folder, chosen) if chosen.compression != "none" else []:
                if compress_segment(self._file_system, data, chosen.compression):
                    return True
        store = self._settings.upload_to
        return any(self._uploader(folder, store).step(now) for folder in folders if store)

    def _count_waiting(self, folders: Sequence[Path], now: int) -> None:
        store = self._settings.upload_to
        if store and now - self._counted_at >= EVERY * 1000:
            self._counted_at = now
            self._waiting = sum(len(self._uploader(one, store).waiting()) for one in folders)

    def _folders(self) -> list[Path]:
        root = self._captures.root
        return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []

    def _uploader(self, folder: Path, store: ObjectStore) -> SegmentUploader:
        if folder not in self._uploaders:
            self._uploaders[folder] = SegmentUploader(
                self._file_system,
                folder,
                store,
                compression_first=self._captures.settings_of(folder.name).compression != "none",
                keep_minutes=self._settings.keep_minutes,
            )
        return self._uploaders[folder]

    def _watch_disk(self, now: int) -> None:
        free, total = self._usage(self._captures.root)
        state = self._state = DiskState(free, total, self._running(now))
        decision = decide(state, self._settings.limits)
        if decision.level != "ok":
            state = msgspec.structs.replace(state, plain=self._plain())
            decision = decide(state, self._settings.limits)
        if (decision.level, decision.stop) != (self.decision.level, self.decision.stop):
            log.warning("%s", decision.message or "The disk has room again.")
            if decision.stop is not None:
                self._record_action(StorageAction(now, "stopped", decision.stop, decision.message))
        self.decision = decision
        for path in map(Path, decision.pack[:1]):  # one a step: then the disk is looked at again
            if packed := compress_segment(self._file_system, path, ROOM_PACKING):
                message = f"{path.name} was compressed to make room: it is now {packed.name}."
                self._record_action(StorageAction(now, "packed", path.parent.name, message))

    def _record_action(self, action: StorageAction) -> None:
        self._actions.appendleft(action)

    def _plain(self) -> tuple[tuple[str, int], ...]:
        """Plain segments that could be compressed, with their bytes."""
        return tuple(
            (str(path), path.stat().st_size)
            for folder in self._folders()
            for path in compressible(folder, self._captures.settings_of(folder.name))
        )

    def _running(self, now: int) -> tuple[RunningCapture, ...]:
        """Estimate each capture's rate, two thirds of it from the last ten minutes."""
        running = []
        for writer in self._captures.writers():
            name, written = writer.folder.name, writer.written_bytes
            before, at = self._written.get(name, (written, now))
            # A burst at the start is no rate: nothing is to be stopped for it.
            if now - at >= (1_000 if name in self._rates else 60_000):
                rate = max(0, written - before) * 1000 / (now - at)
                weight = 1 - exp((at - now) / RATE_MS) if name in self._rates else 1.0
                self._rates[name] = self._rates.get(name, rate) * (1 - weight) + rate * weight
                self._written[name] = (written, now)
            elif name not in self._written:
                self._written[name] = (written, now)
            running.append(RunningCapture(name, self._rates.get(name, 0.0), writer.priority))
        return tuple(running)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                busy = self.step()
            except OSError as error:
                log.warning("Segment maintenance failed; Weir tries again: %s", error)
                busy = False
            if not busy:
                self._ended.wait(EVERY)


def _usage(root: Path) -> tuple[int, int]:
    """Free and total bytes of the disk that a folder is on, or will be."""
    while not root.exists():
        root = root.parent
    usage = shutil.disk_usage(root)
    return usage.free, usage.total
