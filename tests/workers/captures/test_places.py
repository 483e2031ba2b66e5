"""Captures where the disk is not what one hopes: no hard links, somebody else's files, no room."""

import errno
import subprocess
import sys
from pathlib import Path

from tests.workers.captures.killing_file_system import QuickDisk, RefusingDisk
from tests.workers.captures.life import (
    START,
    Clock,
    assert_in_order,
    numbers_in,
    post,
    recorder_in,
    sealed_in,
)
from tests.workers.replay.lines import V1, line
from workers.captures.maintenance.compress import compress_segment
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.verify import verify

ROOT = Path(__file__).resolve().parents[3]


def test_a_file_system_without_hard_links_will_do(tmp_path: Path) -> None:
    file_system = RefusingDisk(errno.EPERM)
    file_system.refuses = {"link"}
    for number in range(3):
        writer, _ = recorder_in(tmp_path, file_system).open("rain")
        writer.write(post(number), START, str(number))
        writer.close(START)
    assert sorted(numbers_in(tmp_path / "rain")) == [0, 1, 2]
    assert_in_order(tmp_path / "rain")
    assert compress_segment(file_system, sealed_in(tmp_path / "rain")[0], "zstd") is not None


def test_the_folder_of_an_existing_client_is_taken_over_with_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "rain"
    folder.mkdir()
    old = folder / "rain20260921_1410.json"
    content = line(V1) + b"\r\n\n" + line({**V1, "id_str": "2"}) + b"\r\n\n"
    old.write_bytes(content)
    writer, repaired = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    writer.close(START)
    assert old.read_bytes() == content
    manifest = read_manifest(manifest_path(old).read_bytes())
    assert (manifest.count, manifest.rebuilt) == (2, "the manifest was missing")
    assert manifest.gaps == []
    assert [one.path for one in repaired] == [old]
    verdicts = [
        verify(SegmentCatalog(str(tmp_path)), one)
        for one in SegmentCatalog(str(tmp_path)).segments()
    ]
    assert [finding.verdict for finding in verdicts] == ["ok", "ok"]


def test_a_repaired_folder_of_a_running_capture_is_not_touched(tmp_path: Path) -> None:
    clock = Clock()
    recorder = recorder_in(tmp_path, QuickDisk(), clock)
    writer, _ = recorder.open("rain")
    for number in range(5):
        writer.write(post(number), clock.now, str(number))
        recorder.commit()
        _, repaired = recorder_in(tmp_path, QuickDisk(), clock).open("rain")
        assert repaired == []
    recorder.close()
    assert numbers_in(tmp_path / "rain") == [0, 1, 2, 3, 4]


def test_manifests_can_be_checked_without_this_program(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    writer.close(START)
    sums = "".join(
        f"{manifest.sha256}  {manifest.file}\n"
        for path in (tmp_path / "rain").glob("*.manifest")
        for manifest in [read_manifest(path.read_bytes())]
    )
    done = subprocess.run(
        ["sha256sum", "-c"], input=sums, text=True, cwd=tmp_path / "rain", capture_output=True
    )
    assert done.returncode == 0, done.stderr


FULL = """
import pathlib, sys
from workers.captures.recorder import Recorder
from workers.captures.settings import CaptureSettings
root = pathlib.Path(sys.argv[1])
losses = []
settings = CaptureSettings(waiting_bytes=20_000)
recorder = Recorder(root, settings, on_loss=losses.append, clock=lambda: 1_790_000_000_000)
writer, _ = recorder.open("rain")
for n in range(500):
    writer.write(b'{"data":{"id":"%d","text":"%s"}}' % (n, b"x" * 1000), 1_790_000_000_000, str(n))
    if n % 10 == 0:
        recorder.commit()
print(writer.fault.code, writer.dropped, len(losses), losses[0].reason)
"""


def test_a_disk_that_is_really_full_is_told_and_leaves_whole_lines(tmp_path: Path) -> None:
    """A size limit on files stands in for a small disk: it refuses in the middle of a write."""
    child = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_500, 100_500))\n" + FULL
    )
    done = subprocess.run(
        [sys.executable, "-c", child, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    code, dropped, told, reason = done.stdout.split()
    assert (code, reason, told) == ("disk_failed", "disk_failed", "1")
    assert int(dropped) > 300
    (open_file,) = (tmp_path / "rain").glob("*.tmp")
    content = open_file.read_bytes()
    assert 0 < len(content) <= 100_500
    assert content.endswith(b"\n")
    recorder_in(tmp_path).open("rain")
    assert len(sealed_in(tmp_path / "rain")) == 1
