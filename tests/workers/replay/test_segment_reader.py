"""A replay plays shipped segments, too: fetched when due, proved, and of every machine."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.object_store import ObjectStore
from streams.replay import Replay
from streams.store.segments import SegmentLocation, SegmentRecord, SegmentState
from tests.rig.database import new_store
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import MINUTE, START, post, recorder_in, sealed_in
from tests.workers.captures.s3_server import S3, s3_server
from workers.captures.maintenance.compress import compress_segment
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.replay.recording import Recording, RecordingError
from workers.replay.segment_reader import SegmentArchive

pytestmark = pytest.mark.slow

NEVER = 1 << 50
RAIN = Replay(collection="rain")


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture
def store(server: S3, request: pytest.FixtureRequest) -> ObjectStore:
    bucket = f"b{abs(hash(request.node.name)) % 10**12}"
    server.store().mkdir(bucket)
    return ObjectStore(f"s3://{bucket}/lab", server.options)


@pytest.fixture
def archive(tmp_path: Path, store: ObjectStore) -> SegmentArchive:
    opened = new_store(tmp_path)
    return SegmentArchive(opened.segments, store, tmp_path)


def seal(
    data_dir: Path, *numbers: int, minutes: int = 0, pack: bool = False, folder: str = "rain"
) -> Path:
    moment = START + minutes * MINUTE
    recorder = recorder_in(data_dir / "captures", QuickDisk())
    writer, _ = recorder.open(folder)
    before = set(sealed_in(writer.folder))
    for number in numbers:
        writer.write(post(number), moment, str(number))
    writer.close(moment)
    (data,) = set(sealed_in(data_dir / "captures" / folder)) - before
    packed = compress_segment(QuickDisk(), data, "zstd") if pack else None
    return packed or data


def ship(data: Path, store: ObjectStore) -> None:
    one = SegmentUploader(FileSystem(), data.parent, store, keep_minutes=0)
    while one.step(NEVER):
        pass
    assert not data.exists()


def known(data: Path, store: ObjectStore | None, state: SegmentState = "shipped") -> SegmentRecord:
    manifest = read_manifest(manifest_path(data).read_bytes())
    url = f"{store.url}/rain/{data.name}" if store else None
    where = SegmentLocation(state, data.name, url, START)
    plain = msgspec.to_builtins(manifest)
    return SegmentRecord(
        1, "s", "rain", "rain", "lab", data.name, 1, manifest.bytes, START, plain, where
    )


def ids(recording: Recording) -> list[str]:
    return [entry.delivery.post.id for entry in recording.entries()]


def test_shipped_segments_are_played_in_their_place_among_those_that_are_here(
    tmp_path: Path, store: ObjectStore, archive: SegmentArchive
) -> None:
    segments = []
    for minutes, numbers, pack in ((0, (1, 2), True), (10, (3,), False)):
        data = seal(tmp_path, *numbers, minutes=minutes, pack=pack)
        ship(data, store)
        segments.append(known(data, store))
    data = seal(tmp_path, 4, 5, minutes=20)
    segments.append(known(data, None, "local"))
    recording = Recording(tmp_path, 1, RAIN, NEVER, archive, segments)
    assert ids(recording) == ["1", "2", "3", "4", "5"]
    assert (recording.elsewhere, recording.share) == (0, 1.0)
    again = Recording(tmp_path, 1, RAIN, NEVER, archive, segments, skip=3)
    assert [entry.delivery.post.id for entry in again.entries()] == ["4", "5"]
    assert not list(tmp_path.glob("tmp*"))


def test_what_another_machine_shipped_is_played_where_nothing_was_captured(
    tmp_path: Path, store: ObjectStore, archive: SegmentArchive
) -> None:
    data = seal(tmp_path / "lab-1", 1)
    segment = known(data, store)
    ship(data, store)
    assert ids(Recording(tmp_path / "lab-2", 1, RAIN, NEVER, archive, [segment])) == ["1"]


def test_a_segment_that_was_shipped_and_is_still_here_is_played_once(
    tmp_path: Path, store: ObjectStore, archive: SegmentArchive
) -> None:
    data = seal(tmp_path, 1)
    SegmentUploader(FileSystem(), data.parent, store).step(START)
    recording = Recording(tmp_path, 1, RAIN, NEVER, archive, [known(data, store)])
    assert ids(recording) == ["1"]


@pytest.mark.parametrize("state", ["local", "shipping", "missing"])
def test_what_lies_on_another_machine_is_counted(
    tmp_path: Path, archive: SegmentArchive, state: SegmentState
) -> None:
    far = known(seal(tmp_path / "lab-1", 1), None, state)
    seal(tmp_path, 2, minutes=10)
    recording = Recording(tmp_path, 1, RAIN, NEVER, archive, [far])
    assert ids(recording) == ["2"]
    assert "1 segments on other machines" in recording.summary()


def test_of_two_collections_with_one_name_the_one_in_the_folder_is_played(tmp_path: Path) -> None:
    for number, folder in enumerate(("rain.1", "rain.2", "rain")):
        seal(tmp_path, number, folder=folder)
    played = [Recording(tmp_path, 1, RAIN, NEVER, folder=each) for each in ("rain.1", None)]
    assert [ids(each) for each in played] == [["0"], ["2"]]


def test_nothing_but_segments_elsewhere_is_a_fault(tmp_path: Path, archive: SegmentArchive) -> None:
    far = known(seal(tmp_path / "lab-1", 1), None, "local")
    with pytest.raises(RecordingError) as raised:
        Recording(tmp_path, 1, RAIN, NEVER, archive, [far])
    assert raised.value.code == "nothing_here"


def test_an_object_that_is_not_what_its_manifest_says_is_not_played(
    tmp_path: Path, store: ObjectStore, archive: SegmentArchive, server: S3
) -> None:
    data = seal(tmp_path, 1)
    segment = known(data, store)
    ship(data, store)
    key = f"{store.url.removeprefix('s3://')}/rain/{data.name}"
    server.store().pipe_file(key, b'{"data":{"id":"9","text":"not ours"}}\n')
    with pytest.raises(RecordingError, match="does not match its manifest") as raised:
        ids(Recording(tmp_path, 1, RAIN, NEVER, archive, [segment]))
    assert raised.value.code == "not_readable"
    server.store().rm_file(key)
    with pytest.raises(RecordingError, match=data.name):
        ids(Recording(tmp_path, 1, RAIN, NEVER, archive, [segment]))
