"""A capture that dies anywhere loses nothing that was on the disk, and doubles nothing."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workers.captures.killing_file_system import Killed, KillingDisk, QuickDisk
from tests.workers.captures.life import (
    MINUTE,
    START,
    Clock,
    assert_in_order,
    numbers_in,
    post,
    recorder_in,
    sealed_in,
)
from workers.captures.maintenance.repair import REASON, repair
from workers.captures.recorder import left_since
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.timestamps import iso
from workers.captures.settings import CaptureSettings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
POSTS = 12


class Life:
    """Writes 12 posts over three intervals; remembers what the disk had taken when it died."""

    def __init__(self) -> None:
        self.committed: list[int] = []
        self.asked: list[int] = []

    def live(self, root: Path, file_system: FileSystem) -> None:
        clock = Clock()
        recorder = recorder_in(root, file_system, clock)
        writer, _ = recorder.open("rain", source="x", fence=1)
        writer.edit(1, {"word": "rain"}, clock.now)
        for number in range(POSTS):
            writer.write(post(number), clock.now, str(number))
            self.asked.append(number)
            if number % 2:
                writer.commit(clock.now)
                self.committed = list(self.asked)
            if number == 5:
                writer.edit(2, {"word": "hail"}, clock.now)
            clock.now += 2 * MINUTE
        recorder.finish(writer)
        self.committed = list(self.asked)


def calls_of_a_whole_life(tmp_path: Path) -> int:
    file_system = KillingDisk(tmp_path / "trash")
    Life().live(tmp_path / "whole", file_system)
    return file_system.calls


def assert_survived(life: Life, folder: Path) -> None:
    assert_in_order(folder)
    found = numbers_in(folder)
    assert found == life.asked[: len(found)]
    assert len(found) >= len(life.committed)


@pytest.mark.parametrize("half", [False, True])
def test_killed_between_any_two_system_calls_nothing_written_is_lost(
    tmp_path: Path, half: bool
) -> None:
    calls = calls_of_a_whole_life(tmp_path)
    assert calls > 80
    for at in range(calls):
        root, life = tmp_path / f"root{at}", Life()
        with pytest.raises(Killed):
            life.live(root, KillingDisk(tmp_path / f"trash{at}", at, half))
        if not (root / "rain").exists():
            continue
        before = sum(p.stat().st_size for p in _data(root / "rain"))
        repair(QuickDisk(), root / "rain", CaptureSettings(), START)
        assert_survived(life, root / "rain")
        after = sum(p.stat().st_size for p in _data(root / "rain"))
        assert after - before in (0, 1)  # every byte is still there, perhaps with a line end


def test_repair_killed_between_any_two_system_calls_is_taken_up_again(tmp_path: Path) -> None:
    calls = calls_of_a_whole_life(tmp_path)
    for at in range(0, calls, 5):
        for again in range(60):
            root, life = tmp_path / f"root{at}-{again}", Life()
            with pytest.raises(Killed):
                life.live(root, KillingDisk(tmp_path / "trash", at, True))
            if not (root / "rain").exists():
                break
            dying = KillingDisk(tmp_path / "trash", again, True)
            try:
                repair(dying, root / "rain", CaptureSettings(), START)
            except Killed:
                repair(QuickDisk(), root / "rain", CaptureSettings(), START)
                assert_survived(life, root / "rain")
            else:
                break


@given(at=st.integers(0, 200), cut=st.floats(0, 1), again=st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_a_power_cut_costs_only_what_was_not_synced(
    tmp_path_factory: pytest.TempPathFactory, at: int, cut: float, again: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("cut")
    root, life = tmp_path / "root", Life()
    file_system = KillingDisk(tmp_path / "trash", at, True)
    with suppress(Killed):
        life.live(root, file_system)
    if not (root / "rain").exists():
        return
    file_system.power_cut(root, cut)
    second = KillingDisk(tmp_path / "trash", again, True)
    with suppress(Killed):
        repair(second, root / "rain", CaptureSettings(), START)
    second.power_cut(root, cut)
    repair(QuickDisk(), root / "rain", CaptureSettings(), START)
    found = numbers_in(root / "rain")
    assert found == life.asked[: len(found)]
    assert len(found) >= len(life.committed)


def test_repair_run_twice_changes_nothing_more(tmp_path: Path) -> None:
    life = Life()
    with pytest.raises(Killed):
        life.live(tmp_path, KillingDisk(tmp_path.parent / "trash", 40, True))
    folder = tmp_path / "rain"
    assert repair(QuickDisk(), folder, CaptureSettings(), START)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert repair(QuickDisk(), folder, CaptureSettings(), START + MINUTE) == []
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_a_repaired_segment_tells_its_filters_and_that_its_writer_died(tmp_path: Path) -> None:
    clock = Clock()
    file_system = KillingDisk(tmp_path.parent / "trash2")
    writer, _ = recorder_in(tmp_path, file_system, clock).open("rain", source="x", fence=7)
    writer.edit(3, {"word": "rain"}, clock.now)
    written = iso(clock.now - 700)
    writer.write(
        b'{"created_at": "%s", "text": "rain"}' % written.encode(), clock.now, "1", written
    )
    writer.commit(clock.now)
    writer.edit(4, {"word": "hail"}, clock.now + 1)
    writer.open_gap(clock.now + 2, "disconnected")
    writer.commit(clock.now + 3)
    with pytest.raises(Killed):
        file_system.die()
    _, repaired = recorder_in(tmp_path).open("rain")
    assert [one.last_received_at for one in repaired] == [START]
    manifest = read_manifest(manifest_path(repaired[0].path).read_bytes())
    assert [span.generation for span in manifest.filters] == [3, 4]
    assert [gap.reason for gap in manifest.gaps] == ["disconnected", REASON]
    assert manifest.gaps[1].since == written  # others that were written then may be lost
    assert (manifest.fence, manifest.source) == (7, "x")
    assert manifest.rebuilt


def test_a_torn_last_line_is_moved_aside_byte_for_byte(tmp_path: Path) -> None:
    folder = tmp_path / "rain"
    folder.mkdir()
    open_file = folder / "rain20260921_1410.json.tmp"
    open_file.write_bytes(b'{"id_str":"1"}\n{"id_str":"2","te\xc3')
    _, repaired = recorder_in(tmp_path).open("rain")
    assert repaired[0].partial_bytes == 18
    assert (folder / "rain20260921_1410.json").read_bytes() == b'{"id_str":"1"}\n'
    assert (folder / "rain20260921_1410.json.torn").read_bytes() == b'{"id_str":"2","te\xc3'
    assert not open_file.exists()


def test_a_last_line_that_lacks_only_its_line_end_stays(tmp_path: Path) -> None:
    folder = tmp_path / "rain"
    folder.mkdir()
    (folder / "rain20260921_1410.json.tmp").write_bytes(b'{"id_str":"1"}\n{"id_str":"2"}')
    _, repaired = recorder_in(tmp_path).open("rain")
    assert repaired[0].manifest.count == 2
    assert repaired[0].partial_bytes == 0


def test_zeros_that_a_power_cut_left_go_aside_with_what_follows_them(tmp_path: Path) -> None:
    folder = tmp_path / "rain"
    folder.mkdir()
    tail = b"\0" * 4096 + b'{"id_str":"2"}\n'
    (folder / "rain1.json.tmp").write_bytes(b'{"id_str":"1"}\n' + tail)
    recorder_in(tmp_path).open("rain")
    assert (folder / "rain1.json").read_bytes() == b'{"id_str":"1"}\n'
    assert (folder / "rain1.json.torn").read_bytes() == tail


def test_what_a_living_writer_has_open_is_left_alone(tmp_path: Path) -> None:
    first, _ = recorder_in(tmp_path).open("rain")
    first.write(post(1), START, "1")
    first.commit(START)
    second, repaired = recorder_in(tmp_path).open("rain")
    assert repaired == []
    second.write(post(2), START, "2")
    second.commit(START)
    first.close(START)
    second.close(START)
    assert numbers_in(tmp_path / "rain") == [1, 2]
    assert_in_order(tmp_path / "rain")


CHILD = """
import sys, pathlib, time
from tests.workers.captures.life import post
from workers.captures.recorder import Recorder
from workers.captures.settings import CaptureSettings
recorder = Recorder(pathlib.Path(sys.argv[1]), CaptureSettings(write_seconds=0.02), machine="lab")
writer, _ = recorder.open("rain")
recorder.start()
number = 0
while True:
    writer.write(post(number), int(time.time() * 1000), str(number))
    number += 1
    if number % 50 == 0:
        print(writer.written_bytes, flush=True)
        time.sleep(0.001)
"""


def test_kill_9_costs_nothing_that_was_written_and_leaves_no_hole(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        written = 0
        while written < 1_000_000:
            written = int(child.stdout.readline())
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    recorder_in(tmp_path).open("rain")
    assert_in_order(tmp_path / "rain")
    found = numbers_in(tmp_path / "rain")
    assert found == list(range(len(found)))
    assert sum(path.stat().st_size for path in sealed_in(tmp_path / "rain")) >= written


def _data(folder: Path) -> list[Path]:
    """Files that hold posts, each once though it has two names."""
    files = [p for p in folder.iterdir() if p.is_file()]
    wanted = [p for p in files if not p.name.endswith((".manifest", ".draft", ".part"))]
    return list({p.stat().st_ino: p for p in wanted}.values())


def test_what_a_dead_writer_left_since_a_moment_is_told_from_what_others_wrote(
    tmp_path: Path,
) -> None:
    clock = Clock()
    file_system = KillingDisk(tmp_path.parent / "trash3")
    sealing = recorder_in(tmp_path, clock=clock)
    sealed, _ = sealing.open("rain")
    sealed.write(post(1), clock.now, "1")
    sealing.finish(sealed)
    writer, _ = recorder_in(tmp_path, file_system, clock).open("rain")
    for number in (2, 3, 4):
        writer.write(post(number), clock.now + number, str(number))
    writer.write(b'{"delete":1}', clock.now + 5)
    writer.commit(clock.now)
    assert left_since(tmp_path / "rain", START) == []  # its writer lives
    with pytest.raises(Killed):
        file_system.die()
    recorder_in(tmp_path).open("rain")
    assert left_since(tmp_path / "rain", START) == [(str(n), START + n) for n in (2, 3, 4)]
    assert left_since(tmp_path / "rain", START + 3) == [("3", START + 3), ("4", START + 4)]
    assert left_since(tmp_path / "rain", START + 3600_000_000_000) == []
