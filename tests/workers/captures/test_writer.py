"""What the writer does while it lives: rotation, names, repeats, manifests."""

import errno
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

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
from workers.captures.segments.envelope import unwrap
from workers.captures.segments.errors import CaptureError
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.names import CollectionNameError
from workers.captures.segments.totals import totals_of
from workers.captures.settings import CaptureSettings

HOUR = 60 * MINUTE


def test_an_open_segment_has_the_temporary_extension_and_the_floored_time(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START + 3 * MINUTE, "1")  # 14:16:20
    writer.commit(START + 3 * MINUTE)
    assert (tmp_path / "rain" / "rain20260921_1410.json.tmp").exists()
    writer.close(START + 4 * MINUTE)
    assert [path.name for path in sealed_in(tmp_path / "rain")] == ["rain20260921_1410.json"]


def test_a_quiet_segment_is_sealed_when_its_interval_has_passed(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    writer.commit(START + 6 * MINUTE)
    assert sealed_in(tmp_path / "rain") == []
    writer.commit(START + 7 * MINUTE)
    assert numbers_in(tmp_path / "rain") == [1]


def test_each_version_of_a_post_is_kept_once_and_the_manifest_tells_posts_from_versions(
    tmp_path: Path,
) -> None:
    recorder = recorder_in(tmp_path)
    for _ in range(2):  # the second time with what is on the disk
        writer, _ = recorder.open("rain")
        writer.write(post(1), START, "1")
        writer.write(post(1), START, "1", None, 0, ("1",), "a")
        writer.write(post(1), START, "1", None, 0, ("1",), "b")
        writer.write(post(2), START, "2", None, 0, ("2",), "c")  # its first version never came
        writer.write(post(4), START, "4", None, 2, ("3", "1"))
        writer.close(START)
    (path,) = sealed_in(tmp_path / "rain")
    lines = path.read_bytes().splitlines()
    records = [(each.id, each.edit_of, each.version) for each in map(unwrap, lines)]
    assert records == [
        ("1", None, ""),
        (None, "1", "a"),
        (None, "1", "b"),
        ("2", None, "c"),
        ("4", "1", ""),
    ]
    manifest = read_manifest(manifest_path(path).read_bytes())
    assert (manifest.count, manifest.edits, manifest.rules_left_out) == (5, 3, 1)
    assert totals_of(line + b"\n" for line in lines).edits == 3
    assert writer.repeated == 5


def test_no_post_makes_no_file(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.commit(START)
    writer.close(START + HOUR)
    assert list((tmp_path / "rain").iterdir()) == []


@given(st.lists(st.integers(-3 * HOUR, 3 * HOUR), min_size=1, max_size=25), st.integers(1, 1440))
@settings(max_examples=60, deadline=None)
def test_whatever_the_clock_does_each_post_is_in_one_proved_segment(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], minutes: int
) -> None:
    root = tmp_path_factory.mktemp("clock")
    recorder = recorder_in(root, QuickDisk(), minute_interval=minutes)
    writer, _ = recorder.open("rain")
    now = START
    for number, step in enumerate(steps):
        now += step
        writer.write(post(number), now, str(number))
        if number % 3:
            writer.commit(now)
    writer.close(now)
    assert sorted(numbers_in(root / "rain")) == list(range(len(steps)))
    assert_in_order(root / "rain")


def test_a_clock_set_back_over_an_interval_opens_the_older_one_anew(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    for number, moment in enumerate([START, START + 10 * MINUTE, START - 5 * MINUTE, START]):
        writer.write(post(number), moment, str(number))
        writer.commit(moment)
    writer.close(START)
    names = [path.name for path in sealed_in(tmp_path / "rain")]
    assert names == [
        "rain20260921_1400.json",
        "rain20260921_1410.json",
        "rain20260921_1410_00.json",
        "rain20260921_1420.json",
    ]


def test_a_manifest_says_how_far_a_corrected_clock_was_off(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    for ahead in (-2_500, -HOUR, 3_000):
        writer.book.note_clock(ahead)
    writer.seal(START + MINUTE)
    writer.write(post(2), START + MINUTE, "2")
    writer.close(START + 2 * MINUTE)
    manifests = [manifest_path(path).read_bytes() for path in sealed_in(tmp_path / "rain")]
    assert [read_manifest(each).clock_ms for each in manifests] == [-HOUR, UNSET]


def test_a_clock_set_back_by_a_second_at_a_boundary_changes_no_segment(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    boundary = START + 10 * MINUTE - START % (10 * MINUTE)
    for number, moment in enumerate([boundary - 1, boundary, boundary - 500, boundary + 500]):
        writer.write(post(number), moment, str(number))
    writer.close(boundary)
    assert len(sealed_in(tmp_path / "rain")) == 2


def test_nothing_is_overwritten_whatever_stands_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "rain"
    folder.mkdir()
    there = ["rain20260921_1410.json.zst", "rain20260921_1410_00.json.shipped"]
    for name in there:
        (folder / name).write_text(name)
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    writer.close(START)
    assert (folder / "rain20260921_1410_01.json").exists()
    for name in there:
        assert (folder / name).read_text() == name


def test_a_name_taken_while_the_segment_was_open_is_not_overwritten(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    writer.write(post(1), START, "1")
    writer.commit(START)
    stranger = tmp_path / "rain" / "rain20260921_1410.json"
    stranger.write_text("somebody else's")
    writer.close(START)
    assert stranger.read_text() == "somebody else's"
    assert (tmp_path / "rain" / "rain20260921_1410_00.json").exists()


def test_two_writers_on_one_folder_never_touch_each_other(tmp_path: Path) -> None:
    writers = [recorder_in(tmp_path).open("rain")[0] for _ in range(3)]
    for number in range(30):
        moment = START + number * MINUTE
        writers[number % 3].write(post(number), moment, str(number))
        writers[number % 3].commit(moment)
    for writer in writers:
        writer.close(START + 30 * MINUTE)
    assert sorted(numbers_in(tmp_path / "rain")) == list(range(30))
    assert_in_order(tmp_path / "rain")


def test_a_repeated_id_is_kept_once_also_after_a_restart(tmp_path: Path) -> None:
    first, _ = recorder_in(tmp_path).open("rain")
    assert [first.write(post(n), START, str(n)) for n in (1, 2, 1)] == ["kept", "kept", "repeated"]
    first.close(START)
    second, _ = recorder_in(tmp_path).open("rain")
    assert second.write(post(2), START, "2") == "repeated"
    assert second.write(post(3), START, "3") == "kept"
    second.close(START)
    assert numbers_in(tmp_path / "rain") == [1, 2, 3]
    assert second.repeated == 1


def test_lines_without_an_id_are_all_kept(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    lines = [b"garbage", b"garbage", b'{"limit":{"track":1}}', b"\xff\xfe", b"", b'{"a":"\xff"}']
    for line in lines:
        writer.write(line, START)
    writer.close(START)
    (path,) = sealed_in(tmp_path / "rain")
    assert [unwrap(line).raw for line in path.read_bytes().splitlines()] == lines
    assert read_manifest(manifest_path(path).read_bytes()).not_json == 5


def test_lines_that_name_not_all_rules_are_counted_also_by_repair(tmp_path: Path) -> None:
    writer = recorder_in(tmp_path).open("rain")[0]
    for number in range(5):
        writer.write(post(number), START, str(number), None, number % 3)
    writer.close(START)
    [path] = sealed_in(tmp_path / "rain")
    assert read_manifest(manifest_path(path).read_bytes()).rules_left_out == 3
    manifest_path(path).unlink()
    recorder_in(tmp_path).open("rain")
    rebuilt = read_manifest(manifest_path(path).read_bytes())
    assert (rebuilt.count, rebuilt.rules_left_out) == (5, 3)
    assert rebuilt.rebuilt


def test_a_line_of_ten_megabytes_is_a_line(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path, waiting_bytes=1024).open("rain")
    raw = post(1, size=10_000_000)
    assert writer.write(raw, START, "1") == "kept"
    assert writer.write(post(2), START, "2") == "kept"
    writer.close(START)
    (path,) = sealed_in(tmp_path / "rain")
    assert unwrap(path.read_bytes().splitlines()[0]).raw == raw
    assert_in_order(tmp_path / "rain")


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "a\0b", "é", "a" * 65, " a", "a ", "."])
def test_a_name_that_is_no_plain_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CollectionNameError, match="collection name"):
        recorder_in(tmp_path / "captures").open(name)
    assert not (tmp_path / "captures").exists()


def test_the_files_of_two_accounts_lie_apart_under_the_names_that_they_gave(
    tmp_path: Path,
) -> None:
    recorder = recorder_in(tmp_path)
    for number, folder in enumerate(("rain.1", "rain.2", "rain")):
        writer, _ = recorder.open(folder)
        writer.write(post(number), START, str(number))
        recorder.finish(writer)
        (path,) = sealed_in(tmp_path / folder)
        assert path.name.startswith("rain2")
        assert read_manifest(manifest_path(path).read_bytes()).collection == "rain"
        manifest_path(path).unlink()
        _, repaired = recorder.open(folder)
        assert [each.manifest.collection for each in repaired] == ["rain"]
    recorder.close()


def test_a_folder_that_cannot_be_made_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "rain").write_text("a file")
    with pytest.raises(CaptureError, match="rain") as told:
        recorder_in(tmp_path).open("rain")
    assert told.value.fault.code == "folder_not_writable"
    refusing = RefusingDisk(errno.EACCES)
    refusing.refuses = {"make_folder"}
    with pytest.raises(CaptureError, match="cannot be written") as told:
        recorder_in(tmp_path, refusing).open("hail")
    assert told.value.fault.code == "folder_not_writable"


def test_the_manifest_tells_filters_and_gaps_and_the_next_one_only_what_lasts(
    tmp_path: Path,
) -> None:
    clock = Clock()
    recorder = recorder_in(tmp_path, clock=clock)
    writer, _ = recorder.open("rain", source="x", fence=4)
    writer.edit(1, {"word": "rain"}, START - HOUR)
    writer.write(post(1), START, "1", "2026-09-21T14:13:20.000Z")
    writer.edit(2, {"word": "hail"}, START + 1000)
    writer.open_gap(START + 2000, "disconnected")
    writer.close_gap(START + 3000)
    writer.open_gap(START + 4000, "rate_limited")
    writer.commit(START + 5000)
    writer.write(post(2), START + 15 * MINUTE, "2")
    clock.now = START + 20 * MINUTE
    writer.close_gap(clock.now)
    recorder.finish(writer)
    first, second = (
        read_manifest(manifest_path(path).read_bytes()) for path in sealed_in(tmp_path / "rain")
    )
    assert [(f.generation, f.until is None) for f in first.filters] == [(1, False), (2, True)]
    assert [(g.reason, g.until is None) for g in first.gaps] == [
        ("disconnected", False),
        ("rate_limited", False),
    ]
    assert [f.filter for f in second.filters] == [{"word": "hail"}]
    assert first.first_created_at == "2026-09-21T14:13:20.000Z"
    assert (first.source, first.fence, first.machine) == ("x", 4, "lab")
    assert first.tool is not None
    assert first.tool.startswith("weir ")


def test_trouble_of_whoever_is_told_is_not_the_captures_trouble(tmp_path: Path) -> None:
    def raising(*_: object) -> None:
        raise RuntimeError("nobody listens")

    options = CaptureSettings(fsync_seconds=0)
    recorder = Recorder(tmp_path, options, machine="lab", clock=Clock(), on_sealed=raising)
    for name in ("rain", "hail"):
        recorder.open(name)[0].write(post(1), START, "1")
    recorder.close()
    assert numbers_in(tmp_path / "rain") == numbers_in(tmp_path / "hail") == [1]


def test_the_recorder_commits_by_itself_and_seals_everything_at_the_end(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path, write_seconds=0.01)
    writers = [recorder.open(f"c{n}")[0] for n in range(20)]
    recorder.start()
    for number in range(200):
        writers[number % 20].write(post(number), START, str(number))
    recorder.close()
    found = [number for n in range(20) for number in numbers_in(tmp_path / f"c{n}")]
    assert sorted(found) == list(range(200))
