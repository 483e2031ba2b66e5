"""The keeper of a process: set as the machine is, and looking after all of its captures."""

from pathlib import Path

from streams.object_store import ObjectStore
from streams.settings import Settings
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import START, Clock, post, recorder_in, sealed_in
from workers.captures.maintenance.disk_policy import DiskLimits
from workers.captures.maintenance.maintainer import MaintenanceSettings, SegmentMaintainer
from workers.captures.maintenance.process import ProcessCaptures, maintenance_settings
from workers.captures.recorder import recorders
from workers.captures.settings import CaptureSettings


def test_every_setting_reaches_the_keeper(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        capture_ship_to="s3://bucket/lab",
        capture_ship_options={"key": "k"},
        capture_keep_minutes=3,
        capture_disk_reserve=5,  # type: ignore[arg-type]  # read as bytes
        capture_disk_warn_hours=9,
        capture_disk_pack_hours=8,
        capture_disk_stop_hours=7,
    )
    assert maintenance_settings(settings) == MaintenanceSettings(
        upload_to=ObjectStore("s3://bucket/lab", {"key": "k"}),
        keep_minutes=3,
        limits=DiskLimits(warn_hours=9, pack_hours=8, stop_hours=7, stop_free_bytes=5),
    )
    assert maintenance_settings(Settings(data_dir=tmp_path)) == MaintenanceSettings()


def test_what_a_stream_asked_for_holds_after_its_capture_has_ended(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path, QuickDisk(), Clock(), compression="zstd")
    captures = ProcessCaptures(tmp_path, CaptureSettings(fsync_seconds=0))
    maintainer = SegmentMaintainer(
        captures, MaintenanceSettings(), file_system=QuickDisk(), clock=Clock()
    )
    recorder.start()
    writer, _ = recorder.open("rain")
    assert captures.writers() == [writer]
    maintainer.step()
    writer.write(post(1), START, "1")
    recorder.close()
    assert recorder not in recorders
    assert maintainer.step()
    assert [path.suffix for path in sealed_in(tmp_path / "rain")] == [".zst"]
