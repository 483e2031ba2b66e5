"""Segments that go to an object store: a real S3 server over HTTP, and one that fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.object_store import ObjectStore
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import MINUTE, START, post, recorder_in, sealed_in
from tests.workers.captures.s3_server import S3, s3_server
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import manifest_path
from workers.captures.segments.verify import verify


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture
def s3(server: S3, request: pytest.FixtureRequest) -> S3:
    """A bucket for each test."""
    server.bucket = f"b{abs(hash(request.node.name)) % 10**12}"
    server.store().mkdir(server.bucket)
    return server


def shipper(folder: Path, s3: S3, **more: float) -> SegmentUploader:
    store = ObjectStore(f"s3://{s3.bucket}/lab", s3.options)
    return SegmentUploader(FileSystem(), folder, store, keep_minutes=0, **more)


def capture(root: Path, *numbers: int, moment: int = START) -> Path:
    writer, _ = recorder_in(root, QuickDisk()).open("rain")
    for number in numbers:
        writer.write(post(number), moment, str(number))
    writer.close(moment)
    return root / "rain"


def run(one: SegmentUploader, now: int = START) -> None:
    for _ in range(20):
        if not one.step(now):
            return
    raise AssertionError("it never ends")


def test_a_sealed_segment_arrives_is_proved_and_then_leaves(tmp_path: Path, s3: S3) -> None:
    folder = capture(tmp_path, 1, 2)
    (data,) = sealed_in(folder)
    content = data.read_bytes()
    one = shipper(folder, s3)
    assert one.step(START)
    assert data.exists()  # first proved, then removed
    run(one)
    assert not data.exists()
    assert s3.store().cat(f"{s3.bucket}/lab/rain/{data.name}") == content
    remote = SegmentCatalog(f"s3://{s3.bucket}/lab", **s3.options)
    assert [verify(remote, stored).verdict for stored in remote.segments()] == ["ok"]
    local = SegmentCatalog(str(tmp_path))
    (finding,) = [verify(local, stored) for stored in local.segments()]
    assert finding.verdict == "shipped"
    assert finding.notes == (f"uploaded to s3://{s3.bucket}/lab/rain/{data.name}",)


def test_a_shipped_file_stays_for_as_long_as_it_was_asked_to(tmp_path: Path, s3: S3) -> None:
    folder = capture(tmp_path, 1)
    (data,) = sealed_in(folder)
    one = SegmentUploader(
        FileSystem(), folder, ObjectStore(f"s3://{s3.bucket}", s3.options), keep_minutes=10
    )
    run(one, START)
    assert data.exists()
    run(one, START + 9 * MINUTE)
    assert data.exists()
    run(one, START + 10 * MINUTE)
    assert not data.exists()


def test_a_store_that_cannot_be_reached_is_tried_again_later_and_later(
    tmp_path: Path, s3: S3
) -> None:
    folder = capture(tmp_path, 1)
    options = {**s3.options, "config_kwargs": {"retries": {"max_attempts": 0}}}
    options["client_kwargs"] = {"endpoint_url": "http://127.0.0.1:9"}
    one = SegmentUploader(
        FileSystem(), folder, ObjectStore(f"s3://{s3.bucket}", options), keep_minutes=0
    )
    assert not one.step(START)
    assert one.fault is not None
    assert s3.bucket in one.fault
    assert not one.step(START + 100)  # not yet
    assert len(one.waiting()) == 1
    run(shipper(folder, s3))  # a restart, with the store back
    assert sealed_in(folder) == []


def test_a_bucket_that_is_not_there_is_told_and_not_made(tmp_path: Path, s3: S3) -> None:
    folder = capture(tmp_path, 1)
    one = SegmentUploader(
        FileSystem(), folder, ObjectStore("s3://no-such-bucket", s3.options), keep_minutes=0
    )
    assert not one.step(START)
    assert one.fault is not None
    assert not s3.store().exists("no-such-bucket")
    assert len(sealed_in(folder)) == 1


def test_what_the_store_holds_already_under_the_name_is_not_overwritten(
    tmp_path: Path, s3: S3
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run(shipper(capture(first, 1), s3))
    run(shipper(capture(second, 2), s3))  # a machine that lost its disk, or another machine
    remote = SegmentCatalog(f"s3://{s3.bucket}", **s3.options)
    names = [stored.name for stored in remote.segments()]
    assert names == ["lab/rain/rain20260921_1410.json", "lab/rain/rain20260921_1410_00.json"]
    assert {verify(remote, stored).verdict for stored in remote.segments()} == {"ok"}


def test_killed_after_the_upload_it_is_not_shipped_twice(tmp_path: Path, s3: S3) -> None:
    folder = capture(tmp_path, 1)
    (data,) = sealed_in(folder)
    one = shipper(folder, s3)
    one.step(START)
    data.with_name(data.name + ".shipped").unlink()  # as though the record had not been written
    run(shipper(folder, s3))
    remote = SegmentCatalog(f"s3://{s3.bucket}", **s3.options)
    assert [stored.name for stored in remote.segments()] == [f"lab/rain/{data.name}"]


def test_a_file_that_is_not_what_its_manifest_says_stays_and_holds_up_no_other(
    tmp_path: Path, s3: S3
) -> None:
    folder = capture(tmp_path, 1)
    (bad,) = sealed_in(folder)
    capture(tmp_path, 2, moment=START + 20 * MINUTE)
    bad.write_bytes(b"something else\n")
    one = shipper(folder, s3)
    assert not one.step(START)
    assert one.fault is not None
    assert "manifest" in one.fault
    for _ in range(5):
        one.step(START + 20 * MINUTE)
    assert sealed_in(folder) == [bad]


def test_an_upload_in_parts_is_read_back_to_prove_it(tmp_path: Path, s3: S3) -> None:
    folder = tmp_path / "rain"
    writer, _ = recorder_in(tmp_path, QuickDisk()).open("rain")
    for number in range(11):
        writer.write(post(number, size=10_000_000), START, str(number))
    writer.close(START)
    run(shipper(folder, s3))
    (stored,) = SegmentCatalog(f"s3://{s3.bucket}", **s3.options).segments()
    details = s3.store().info(stored.path)
    assert "-" in details["ETag"]  # no MD5: it went in parts
    assert sealed_in(folder) == []


def test_a_torn_tail_goes_with_its_segment(tmp_path: Path, s3: S3) -> None:
    folder = tmp_path / "rain"
    folder.mkdir()
    (folder / "rain1.json.tmp").write_bytes(b'{"id_str":"1"}\n{"id_s')
    recorder_in(tmp_path).open("rain")
    run(shipper(folder, s3))
    assert s3.store().cat(f"{s3.bucket}/lab/rain/rain1.json.torn") == b'{"id_s'


def test_a_folder_of_this_machine_can_be_the_store(tmp_path: Path) -> None:
    folder = capture(tmp_path / "here", 1)
    (data,) = sealed_in(folder)
    one = SegmentUploader(
        FileSystem(), folder, ObjectStore(f"file://{tmp_path}/there"), keep_minutes=0
    )
    run(one)
    assert one.fault is None
    assert not data.exists()
    assert manifest_path(tmp_path / "there" / "rain" / data.name).exists()
