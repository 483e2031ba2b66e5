"""Packing a sealed segment: the same lines, proved, whenever it dies."""

from pathlib import Path
from typing import Literal

import pytest

from tests.workers.captures.killing_file_system import Killed, KillingDisk, QuickDisk, RefusingDisk
from tests.workers.captures.life import START, post, recorder_in, sealed_in
from workers.captures.maintenance.compress import compress_segment, compressible
from workers.captures.maintenance.repair import repair
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.compression import DamagedError, open_local, raw_lines, stored_lines
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.verify import verify
from workers.captures.settings import CaptureSettings

Packed = Literal["gzip", "zstd"]
SETTINGS = CaptureSettings()


def capture(root: Path) -> Path:
    writer, _ = recorder_in(root, QuickDisk()).open("rain", source="x", fence=3)
    for number in range(300):
        writer.write(post(number), START, str(number))
    writer.close(START)
    (data,) = sealed_in(root / "rain")
    return data


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_packed_segment_holds_the_same_lines_and_the_same_provenance(
    tmp_path: Path, compression: Packed
) -> None:
    data = capture(tmp_path)
    content = data.read_bytes()
    before = read_manifest(manifest_path(data).read_bytes())
    packed = compress_segment(QuickDisk(), data, compression)
    assert packed is not None
    assert not data.exists()
    with open_local(packed) as stream:
        assert b"".join(stored_lines(stream)) == content
    after = read_manifest(manifest_path(packed).read_bytes())
    assert after.content_sha256 == before.sha256
    assert (after.count, after.fence, after.source) == (300, 3, "x")
    assert after.bytes == packed.stat().st_size < before.bytes / 4
    folder = SegmentCatalog(str(tmp_path))
    assert [verify(folder, stored).verdict for stored in folder.segments()] == ["ok"]


def test_the_same_lines_pack_to_the_same_bytes(tmp_path: Path) -> None:
    packed = [compress_segment(QuickDisk(), capture(tmp_path / name), "gzip") for name in "ab"]
    assert packed[0] is not None
    assert packed[1] is not None
    assert packed[0].read_bytes() == packed[1].read_bytes()


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_killed_between_any_two_system_calls_packing_is_taken_up_again(
    tmp_path: Path, compression: Packed
) -> None:
    for at in range(100):
        data = capture(tmp_path / str(at))
        content = data.read_bytes()
        try:
            compress_segment(KillingDisk(tmp_path / "trash", at, True), data, compression)
        except Killed:
            pass
        else:
            assert at > 15
            return
        folder = SegmentCatalog(str(tmp_path / str(at)))
        assert sum(verify(folder, stored).verdict == "ok" for stored in folder.segments()) == 1
        repair(QuickDisk(), data.parent, SETTINGS, START)
        for left in compressible(data.parent, SETTINGS):
            compress_segment(QuickDisk(), left, compression)
        (packed,) = sealed_in(data.parent)
        with open_local(packed) as stream:
            assert b"".join(stored_lines(stream)) == content
        assert sorted(path.name for path in data.parent.iterdir()) == [
            packed.name,
            manifest_path(packed).name,
        ]
        manifest = read_manifest(manifest_path(packed).read_bytes())
        assert (manifest.fence, manifest.rebuilt) == (3, None)


def test_a_full_disk_leaves_the_plain_segment_and_no_half_of_a_packed_one(tmp_path: Path) -> None:
    data = capture(tmp_path)
    file_system = RefusingDisk()
    file_system.room = 10
    with pytest.raises(OSError, match="No space"):
        compress_segment(file_system, data, "zstd")
    assert sorted(path.name for path in data.parent.iterdir()) == [
        data.name,
        manifest_path(data).name,
    ]


def test_another_file_of_the_packed_name_is_left_alone(tmp_path: Path) -> None:
    data = capture(tmp_path)
    stranger = data.with_name(data.name + ".zst")
    stranger.write_bytes(b"somebody else's")
    assert compress_segment(QuickDisk(), data, "zstd") is None
    assert stranger.read_bytes() == b"somebody else's"
    assert data.exists()


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_packed_file_that_breaks_off_is_read_as_far_as_it_goes_and_told(
    tmp_path: Path, compression: Packed
) -> None:
    packed = compress_segment(QuickDisk(), capture(tmp_path), compression)
    assert packed is not None
    packed.write_bytes(packed.read_bytes()[:-7])
    with open_local(packed) as stream, pytest.raises(DamagedError, match="data are damaged"):
        list(raw_lines(stream))


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_packed_files_joined_together_read_as_one(tmp_path: Path, compression: Packed) -> None:
    packed = compress_segment(QuickDisk(), capture(tmp_path), compression)
    assert packed is not None
    packed.write_bytes(packed.read_bytes() * 3)
    with open_local(packed) as stream:
        assert sum(1 for _ in raw_lines(stream)) == 900
