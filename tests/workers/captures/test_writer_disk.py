"""What the writer does with a disk that is full, fails or is slow, and with a process that dies."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.workers.captures.killing_file_system import QuickDisk, RefusingDisk
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
from workers.captures.recorder import Recorder
from workers.captures.segments.errors import LostPosts
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.timestamps import iso
from workers.captures.segments.writer import SegmentWriter
from workers.captures.settings import CaptureSettings


class Full:
    """A capture on a disk that fills up in the middle of a write."""

    def __init__(self, root: Path, **chosen: object) -> None:
        self.file_system = RefusingDisk()
        self.losses: list[LostPosts] = []
        options = CaptureSettings(**{"fsync_seconds": 0, **chosen})  # type: ignore[arg-type]
        self.recorder = recorder = Recorder(
            root,
            options,
            machine="lab",
            file_system=self.file_system,
            clock=Clock(),
            on_loss=self.losses.append,
        )
        self.writer, _ = recorder.open("rain")
        self.writer.write(post(1), START, "1")
        self.writer.commit(START)
        self.file_system.room = 40

    def is_at_fault(self) -> bool:
        return self.writer.fault is not None


def test_a_full_disk_leaves_whole_lines_and_what_waits_is_written_when_there_is_room(
    tmp_path: Path,
) -> None:
    full = Full(tmp_path)
    full.writer.write(post(2), START, "2")
    full.writer.commit(START)
    fault = full.writer.fault
    assert fault is not None
    assert fault.code == "disk_full"
    assert "Make room" in fault.message
    (open_file,) = (tmp_path / "rain").glob("*.tmp")
    assert open_file.read_bytes().count(b"\n") == 1
    assert open_file.read_bytes().endswith(b"\n")
    full.file_system.room = None
    full.writer.commit(START)
    assert full.writer.fault is None
    full.writer.close(START)
    assert numbers_in(tmp_path / "rain") == [1, 2]
    assert full.losses == []


def test_what_is_known_about_a_segment_is_at_fault_until_it_can_be_written_though_posts_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = Full(tmp_path, waiting_bytes=1024)
    full.file_system.room = None
    full.file_system.refuses = {"create"}
    full.writer.open_gap(START, "disconnected")
    full.writer.commit(START)
    for number in range(2, 40):  # more than may wait
        full.writer.write(post(number), START, str(number))
        assert full.is_at_fault()
    full.writer.write_out(START)
    assert full.is_at_fault()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    full.file_system.refuses = set()
    full.writer.commit(START)
    assert not full.is_at_fault()
    full.writer.close(START)
    assert numbers_in(tmp_path / "rain") == list(range(1, 40))
    assert (full.writer.dropped, full.losses) == (0, [])


def test_what_a_full_disk_costs_is_a_gap_from_the_first_lost_post_to_the_next_kept(
    tmp_path: Path,
) -> None:
    full = Full(tmp_path, waiting_bytes=1024)
    full.writer.write(post(2), START, "2")
    full.writer.commit(START)
    kept = [full.writer.write(post(n), START + n, str(n)) for n in range(3, 40)]
    assert set(kept) == {"kept", "dropped"}
    first_lost = kept.index("dropped") + 3
    assert full.losses == [LostPosts("rain", START + first_lost, None, "disk_full", 1)]
    full.file_system.room = None
    full.writer.commit(START + 100)
    lost = kept.count("dropped")
    assert full.losses[1:] == [
        LostPosts("rain", START + first_lost, START + 100, "disk_full", lost)
    ]
    assert full.writer.write(post(first_lost), START + 101, str(first_lost)) == "kept"
    full.writer.close(START + 101)
    (path,) = sealed_in(tmp_path / "rain")
    manifest = read_manifest(manifest_path(path).read_bytes())
    assert [(gap.reason, gap.until is None) for gap in manifest.gaps] == [("disk_full", False)]
    assert_in_order(tmp_path / "rain")


def test_the_gap_of_a_full_disk_begins_when_the_first_lost_post_was_written(tmp_path: Path) -> None:
    full = Full(tmp_path, waiting_bytes=1024)
    full.writer.write(post(2, 1000), START, "2")
    full.writer.commit(START)
    for number, late in ((3, 900), (4, 2_500), (5, 100), (6, 10**6), (7, -50)):
        at = START + 1_000 * number
        assert full.writer.write(post(number), at, str(number), iso(at - late)) == "dropped"
    full.file_system.room = None
    full.writer.commit(START + 9_000)
    assert [(loss.since, loss.until) for loss in full.losses] == [
        (START + 2_100, None),
        (START + 1_500, START + 9_000),
    ]
    full.writer.close(START + 9_001)
    (path,) = sealed_in(tmp_path / "rain")
    (gap,) = read_manifest(manifest_path(path).read_bytes()).gaps
    assert (gap.since, gap.until) == (iso(START + 1_500), iso(START + 9_000))


def test_what_waits_for_a_disk_that_stays_full_is_lost_from_when_it_was_written(
    tmp_path: Path,
) -> None:
    full = Full(tmp_path)
    full.writer.write(post(2), START + 500, "2", iso(START + 500))
    full.writer.write(post(3), START + 600, "3", iso(START + 200))
    full.writer.close(START + 700)
    assert full.losses == [LostPosts("rain", START + 200, START + 700, "disk_full", 2)]


def test_gaps_that_a_full_disk_kept_from_a_manifest_are_in_the_next_one(tmp_path: Path) -> None:
    full = Full(tmp_path)
    full.writer.write(post(2), START + 10, "2")
    full.writer.open_gap(START + 20, "disk_full")  # of the collector, which stopped the capture
    full.file_system.refuses = {"link", "fsync"}
    full.recorder.finish(full.writer)
    full.writer.book.close_gap(START + 80)
    full.file_system.room, full.file_system.refuses = None, set()
    writer, _ = full.recorder.open("rain", before=full.writer.book)
    writer.write(post(3), START + 90, "3")
    writer.close(START + 100)
    gaps = [
        (gap.since, gap.until, gap.reason)
        for path in sealed_in(tmp_path / "rain")
        for gap in read_manifest(manifest_path(path).read_bytes()).gaps
    ]
    assert (iso(START + 20), iso(START + 80), "disk_full") in gaps
    assert any(since == iso(START + 10) and reason == "disk_full" for since, _, reason in gaps)


def test_closed_on_a_full_disk_the_loss_is_told_and_the_file_repaired_later(tmp_path: Path) -> None:
    full = Full(tmp_path)
    full.writer.write(post(2), START, "2")
    full.file_system.refuses = {"fsync"}
    full.writer.close(START + 5)
    assert full.losses == [LostPosts("rain", START, START + 5, "disk_full", 1)]
    _, repaired = recorder_in(tmp_path).open("rain")
    assert [one.manifest.count for one in repaired] == [1]
    assert_in_order(tmp_path / "rain")


def test_a_failed_sync_is_never_believed_again(tmp_path: Path) -> None:
    full = Full(tmp_path)
    full.file_system.room = None
    full.file_system.number = errno.EIO
    full.file_system.refuses = {"fsync"}
    full.writer.write(post(2), START + 1, "2")
    full.writer.commit(START + 2)
    assert [(loss.reason, loss.until) for loss in full.losses] == [("disk_failed", START + 2)]
    full.file_system.refuses = set()
    full.writer.write(post(3), START + 3, "3")
    full.writer.close(START + 3)
    recorder_in(tmp_path).open("rain")
    assert sorted(numbers_in(tmp_path / "rain")) == [1, 2, 3]
    assert len(sealed_in(tmp_path / "rain")) == 2


def test_a_slow_disk_makes_the_source_wait_and_loses_nothing(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path, QuickDisk(), waiting_bytes=2048).open("rain")
    kept = {writer.write(post(n), START, str(n)) for n in range(200)}
    writer.close(START)
    assert kept == {"kept"}
    assert numbers_in(tmp_path / "rain") == list(range(200))


class SlowDisk(QuickDisk):
    """A disk whose syncs, once it is slow, take until they are let through."""

    def __init__(self) -> None:
        self.slow = False
        self.syncing = threading.Event()
        self.lets = threading.Event()
        self.refuses = False

    def fsync(self, descriptor: int) -> None:
        if not self.slow:
            return
        self.syncing.set()
        assert self.lets.wait(10)
        if self.refuses:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


@contextmanager
def syncing(writer: SegmentWriter, disk: SlowDisk) -> Iterator[None]:
    """Begin a commit at START + 1 whose sync goes on during the block."""
    disk.slow = True
    commit = threading.Thread(target=writer.commit, args=(START + 1,))
    commit.start()
    assert disk.syncing.wait(10)
    yield
    disk.lets.set()
    commit.join(10)


def open_lines(root: Path) -> int:
    """The lines that would be there if the process were killed now."""
    (path,) = (root / "rain").glob("*.tmp")
    return path.read_bytes().count(b"\n")


def test_what_is_written_out_is_in_the_file_though_nothing_was_synced(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    for number in range(3):
        writer.write(post(number), START + number, str(number))
        writer.write_out(START + number)
        assert open_lines(tmp_path) == number + 1
    assert writer.safe_until(START + 10) == START, "it is not on the disk yet"
    writer.commit(START + 10)
    assert writer.safe_until(START + 10) == START + 10


def test_lines_are_written_out_while_the_disk_syncs_and_count_as_synced_after_the_next(
    tmp_path: Path,
) -> None:
    disk = SlowDisk()
    writer, _ = recorder_in(tmp_path, disk).open("rain")
    writer.write(post(1), START, "1")
    writer.write_out(START)
    with syncing(writer, disk):
        writer.write(post(2), START + 2, "2")
        writer.write_out(START + 2)
        assert open_lines(tmp_path) == 2
    assert writer.safe_until(START + 9) == START + 1, "the second came during the sync"
    writer.commit(START + 9)
    assert writer.safe_until(START + 9) == START + 9


def test_the_gap_of_a_failed_sync_has_the_lines_that_were_written_out_meanwhile(
    tmp_path: Path,
) -> None:
    disk, losses = SlowDisk(), list[LostPosts]()
    chosen = CaptureSettings(fsync_seconds=0)
    recorder = Recorder(
        tmp_path, chosen, machine="lab", file_system=disk, clock=Clock(), on_loss=losses.append
    )
    writer, _ = recorder.open("rain")
    writer.write(post(1), START, "1")
    writer.write_out(START)
    with syncing(writer, disk):
        writer.write(post(2), START + 5, "2")
        writer.write_out(START + 5)
        disk.refuses = True
    assert [(loss.since, loss.until) for loss in losses] == [(START, START + 5)]


def test_lines_of_the_next_interval_wait_for_the_commit_that_seals(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    writer.write_out(START)
    later = START + 10 * MINUTE
    writer.write(post(2), later, "2")
    writer.write_out(later)
    assert sealed_in(tmp_path / "rain") == []
    writer.commit(later)
    writer.close(later)
    assert numbers_in(tmp_path / "rain") == [1, 2]
