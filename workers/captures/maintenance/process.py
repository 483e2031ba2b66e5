"""The segment maintainer of this process, for all of its captures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.clock import now_ms
from streams.live.machines import StorageStatus
from streams.settings import Settings
from workers.captures.maintenance.disk_policy import DiskDecision, DiskLimits
from workers.captures.maintenance.maintainer import MaintenanceSettings, SegmentMaintainer
from workers.captures.recorder import recorders
from workers.captures.segments.writer import SegmentWriter
from workers.captures.settings import CaptureSettings, machine_settings

_maintainers: list[SegmentMaintainer] = []


class ProcessCaptures:
    """The captures of all recorders of this process, with their latest settings."""

    def __init__(self, root: Path, settings: CaptureSettings) -> None:
        self.root = root
        self._settings = settings
        self._chosen: dict[str, CaptureSettings] = {}

    def writers(self) -> Sequence[SegmentWriter]:
        """List the captures that are being written."""
        return [writer for recorder in list(recorders) for writer in recorder.writers()]

    def settings_of(self, folder: str) -> CaptureSettings:
        """Return the settings that a folder was last opened with, or those of the machine."""
        for recorder in list(recorders):
            if (chosen := recorder.settings_of(folder)) != self._settings:
                self._chosen[folder] = chosen
        return self._chosen.get(folder, self._settings)


def start(settings: Settings) -> SegmentMaintainer:
    """Start maintaining what is below `captures`, whether a capture runs or not."""
    captures = ProcessCaptures(settings.data_dir / "captures", machine_settings(settings))
    maintainer = SegmentMaintainer(captures, maintenance_settings(settings), clock=now_ms)
    maintainer.start()
    _maintainers[:] = [maintainer]
    return maintainer


def stop(**_: Any) -> None:
    """Stop after the current step, without waiting for it."""
    for maintainer in _maintainers:
        maintainer.stop(0)


def decision() -> DiskDecision:
    """Return what the disk policy says now."""
    return _maintainers[0].decision if _maintainers else DiskDecision(None)


def has_room_for(folder: str) -> bool:
    """Return whether a capture that the policy stopped may run again."""
    return bool(_maintainers) and _maintainers[0].has_room_for(folder)


def message_for(folder: str) -> str | None:
    """Return what a capture's owner should know about the disk and uploads; None if nothing."""
    return _maintainers[0].message_for(folder) if _maintainers else None


def storage_status() -> StorageStatus:
    """Return the state of the storage on this machine."""
    return _maintainers[0].status() if _maintainers else StorageStatus()


def maintenance_settings(settings: Settings) -> MaintenanceSettings:
    """Return where this machine uploads segments, and when it makes room."""
    limits = DiskLimits(
        warn_hours=settings.capture_disk_warn_hours,
        pack_hours=settings.capture_disk_pack_hours,
        stop_hours=settings.capture_disk_stop_hours,
        stop_free_bytes=settings.capture_disk_reserve,
    )
    return MaintenanceSettings(
        upload_to=settings.object_store, keep_minutes=settings.capture_keep_minutes, limits=limits
    )
