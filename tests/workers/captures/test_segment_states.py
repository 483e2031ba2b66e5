"""SQL knows where every sealed file is, whatever packing, shipping and people do to the folders."""

import os
from pathlib import Path

import msgspec
import pytest

from streams.filter import Filter
from streams.object_store import ObjectStore
from streams.plan import CaptureOptions, Plan
from streams.settings import Settings
from streams.store.segments import SegmentRecord
from tests.rig.database import new_store
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import START, Clock, post, recorder_in
from workers.captures.maintenance.compress import compress_segment
from workers.captures.maintenance.segment_states import SegmentStates, find
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.segments.manifest import manifest_path, read_manifest


@pytest.mark.parametrize(
    ("names", "ships", "found"),
    [
        (["a.json", "a.json.manifest"], False, ("a.json", "local")),
        (["a.json", "a.json.manifest"], True, ("a.json", "shipping")),
        (["a.json.zst", "a.json.zst.manifest"], False, ("a.json.zst", "local")),
        (["a.json", "a.json.gz"], False, ("a.json", "local")),  # packing is under way
        (["a.json", "a.json.shipped"], True, ("a.json", "shipped")),
        (["a.json.gz.manifest", "a.json.gz.shipped"], True, ("a.json.gz", "shipped")),
        (["a.json", "a.json.zst.shipped"], False, ("a.json.zst", "shipped")),
        (["b.json", "a.json.torn", "a.json.manifest"], True, ("a.json", "missing")),
        ([], False, ("a.json", "missing")),
    ],
)
def test_a_folder_tells_where_a_segment_is(
    names: list[str], ships: bool, found: tuple[str, str]
) -> None:
    assert find("a.json", set(names), ships) == found


class Machine:
    """A machine with one collection, and the database that it shares."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "captures" / "rain.1"
        self.store = new_store(folder)
        account = self.store.accounts.sign_in("1", "ada", "Ada", None, b"", 0)
        self.stream_id = self.store.streams.create(
            account.id, "rain", Filter("rain"), 0, plan=Plan(capture=CaptureOptions("rain"))
        ).id
        self.settings = Settings(data_dir=folder)
        self.states = SegmentStates(self.settings, self.store, "lab")
        self.clock = Clock()

    def seal(self, number: int, told: bool = True) -> Path:
        recorder = recorder_in(self.folder.parent, QuickDisk(), self.clock)
        writer, _ = recorder.open("rain.1")
        writer.write(post(number), self.clock.now, str(number))
        recorder.finish(writer)
        recorder.close()
        data = max(self.folder.glob("*.json"))
        manifest = read_manifest(manifest_path(data).read_bytes())
        plain = msgspec.to_builtins(manifest)
        if told:
            self.store.segments.add(
                self.stream_id, self.folder.name, "lab", 1, manifest.bytes, START, plain
            )
        return data

    def known(self) -> list[SegmentRecord]:
        return self.store.segments.of(self.stream_id, 10, 0)[0]

    def states_of(self) -> list[str]:
        self.states.step()
        return [each.where.state for each in self.known()]

    def age(self) -> None:
        """Backdate the last change of the folder, so that it is not read again."""
        os.utime(self.folder, ns=(1, 1))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_packed_segment_is_known_by_its_new_name_and_manifest(machine: Machine) -> None:
    data = machine.seal(1)
    assert machine.states_of() == ["local"]
    packed = compress_segment(QuickDisk(), data, "zstd")
    assert packed is not None
    machine.states.step()
    (segment,) = machine.known()
    assert (segment.file, segment.where.stored_as) == (data.name, packed.name)
    assert segment.bytes == packed.stat().st_size
    assert segment.manifest["file"] == packed.name


def test_a_shipped_segment_is_known_by_its_place_in_the_store(
    machine: Machine, tmp_path: Path
) -> None:
    data = machine.seal(1)
    store = ObjectStore(f"file://{tmp_path}/store")
    machine.states = SegmentStates(
        machine.settings.model_copy(update={"capture_ship_to": store.url}),
        machine.store,
        "lab",
    )
    assert machine.states_of() == ["shipping"]
    assert SegmentUploader(QuickDisk(), machine.folder, store, keep_minutes=0).step(START + 5)
    assert machine.states_of() == ["shipped"]
    (segment,) = machine.known()
    assert segment.where.shipped_to == f"{store.url}/rain.1/{data.name}"
    assert segment.where.shipped_at == START + 5


def test_a_file_that_is_gone_is_missing_until_it_is_back(machine: Machine) -> None:
    data = machine.seal(1)
    assert machine.states_of() == ["local"]
    away = data.with_name("elsewhere")
    data.rename(away)
    assert machine.states_of() == ["missing"]
    away.rename(data)
    assert machine.states_of() == ["local"]
    machine.folder.rename(machine.folder.with_name("gone"))
    assert machine.states_of() == ["missing"]


def test_word_of_a_segment_that_comes_after_its_packing_is_put_right(machine: Machine) -> None:
    first = machine.seal(1)
    machine.states.step()
    machine.age()
    machine.states.step()
    manifest = msgspec.json.decode(manifest_path(first).read_bytes())
    compress_segment(QuickDisk(), first, "gzip")
    machine.age()
    machine.states.step()
    assert [each.where.stored_as for each in machine.known()] == [None]  # nothing told it to look
    late = {**manifest, "file": "rain2.json"}
    machine.store.segments.add(machine.stream_id, "rain.1", "lab", 1, 9, START, late)
    assert machine.states_of() == ["missing", "local"]
    assert machine.known()[1].where.stored_as == first.name + ".gz"


def test_segments_of_another_machine_are_left_alone(machine: Machine) -> None:
    machine.seal(1)
    SegmentStates(machine.settings, machine.store, "another").step()
    assert machine.states_of() == ["local"]


@pytest.mark.parametrize("pack", [False, True])
def test_a_segment_that_nobody_told_of_is_found(machine: Machine, pack: bool) -> None:
    data = machine.seal(1, told=False)
    packed = compress_segment(QuickDisk(), data, "gzip") if pack else None
    machine.states.step()
    (segment,) = machine.known()
    assert (segment.file, segment.stream_id, segment.posts) == (data.name, machine.stream_id, 1)
    assert segment.where.stored_as == (packed.name if packed else None)
    size = (packed or data).stat().st_size
    assert machine.states_of() == ["local"]
    plain = segment.manifest | {"file": data.name, "bytes": 999}
    machine.store.segments.add(
        machine.stream_id, "rain.1", "lab", 1, 999 if pack else size, START, plain
    )
    assert [each.bytes for each in machine.known()] == [size]  # word of the seal came late


def test_what_was_put_there_by_hand_is_left_alone(machine: Machine) -> None:
    data = machine.seal(1, told=False)
    path = manifest_path(data)
    path.write_bytes(path.read_bytes().replace(b'"lab"', b'"another"'))
    data.with_name("b.json.manifest").write_bytes(b"not a manifest")
    assert machine.states_of() == []
