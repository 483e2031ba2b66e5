"""Captures of every kind, packed or torn, are read back as posts in the order they came."""

import gzip
from pathlib import Path

import pytest
import zstandard

from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import START, post, recorder_in
from tests.workers.replay.lines import CONTROL, PAGE, STREAM, TWARC_FLAT, V1, line
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.merge import SegmentMerge
from workers.replay.reader import CaptureReader


def reader_of(path: Path) -> CaptureReader:
    folder = SegmentCatalog(str(path))
    return CaptureReader(SegmentMerge(folder, folder.segments()))


def test_our_own_capture_comes_back_with_its_moments_and_bytes(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path, QuickDisk()).open("rain")
    for number in range(3):
        writer.write(post(number), START + number, str(number))
    writer.write(b"garbage", START + 4)
    writer.close(START)
    reader = reader_of(tmp_path)
    found = list(reader)
    assert [(one.post.id, one.received_at) for one in found] == [
        ("0", START),
        ("1", START + 1),
        ("2", START + 2),
    ]
    assert (
        [one.raw for one in found] == [one.payload for one in found] == [post(n) for n in (0, 1, 2)]
    )
    assert reader.formats == {"v2": 3}
    assert reader.skipped == {"not_json": 1}


def test_an_old_clients_file_with_blank_lines_control_lines_and_a_torn_end(tmp_path: Path) -> None:
    old = tmp_path / "rain" / "rain20201122_0400.json"
    old.parent.mkdir()
    lines = [line(V1), *map(line, CONTROL.values()), b"", line(V1)[:100]]
    old.write_bytes(b"\r\n\n".join(lines))
    reader = reader_of(tmp_path)
    (found,) = reader
    assert found.received_at == 1606017601123
    assert found.raw == line(V1)
    assert found.format == "v1"
    assert reader.skipped == dict.fromkeys([*CONTROL, "torn"], 1)


def test_a_last_line_without_its_end_that_is_whole_counts(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(line(V1))
    assert len(list(reader_of(tmp_path))) == 1


@pytest.mark.parametrize("ending", [".json", ".jsonl.gz", ".ndjson.zst", ".json.tmp"])
def test_every_kind_of_file_is_read_and_formats_may_be_mixed(tmp_path: Path, ending: str) -> None:
    content = b"\n".join(map(line, [V1, STREAM, PAGE, *TWARC_FLAT])) + b"\n"
    packed = {
        ".jsonl.gz": gzip.compress,
        ".ndjson.zst": zstandard.ZstdCompressor().compress,
    }.get(ending, bytes)
    (tmp_path / f"mixed{ending}").write_bytes(packed(content))
    reader = reader_of(tmp_path)
    assert len(list(reader)) == 6
    assert reader.formats == {"v1": 1, "v2": 1, "v2_page": 2, "v2_flattened": 2}


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_packed_file_that_breaks_off_gives_what_it_can(tmp_path: Path, ending: str) -> None:
    content = b"".join(
        line({**V1, "id_str": str(n), "text": f"{n} {hash(str(n))}"}) + b"\n" for n in range(5000)
    )
    pack = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[ending]
    (tmp_path / f"a.json{ending}").write_bytes(pack(content)[:-2000])
    folder = SegmentCatalog(str(tmp_path))
    merge = SegmentMerge(folder, folder.segments())
    found = list(CaptureReader(merge))
    assert 0 < len(found) < 5000
    assert merge.damaged == [f"a.json{ending}"]


def test_overlapping_segments_are_merged_by_when_lines_were_received(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path, QuickDisk())
    writers = [recorder.open(name)[0] for name in ("rain", "hail")]
    for number in range(50):
        moment = START + number * 40_000
        writers[number % 2].write(post(number), moment, str(number))
    recorder.close()
    assert [one.post.id for one in reader_of(tmp_path)] == [str(n) for n in range(50)]


def test_many_segments_are_not_all_open_at_once(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path, QuickDisk(), minute_interval=1)
    writer, _ = recorder.open("rain")
    for number in range(60):
        writer.write(post(number), START + number * 60_000, str(number))
    recorder.close()
    folder = SegmentCatalog(str(tmp_path))
    segments = folder.segments()
    assert len(segments) == 60
    opened: list[str] = []
    read = folder.open_decompressed
    folder.open_decompressed = lambda path: opened.append(path) or read(path)  # type: ignore
    found = iter(SegmentMerge(folder, segments))
    next(found)
    assert len(opened) <= 2
    assert len(list(found)) == 59


def test_an_envelope_that_is_broken_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"__weir":{"received_at":"soon"},"data":{}}\n')
    reader = reader_of(tmp_path)
    assert list(reader) == []
    assert reader.skipped == {"broken_envelope": 1}
