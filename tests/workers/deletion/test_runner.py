"""A machine takes out what was asked: of its disk, its store, Redis, and of what comes later."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import zstandard
from sqlalchemy import text

from streams.batch import Batch
from streams.deletion import Deletion
from streams.filter import Filter
from streams.label_sets import folder_of
from streams.label_sets import kept as label_sets_in
from streams.live import history, machines
from streams.live.machines import Machine
from streams.live.relay import Relay
from streams.object_store import ObjectStore
from streams.plan import CaptureOptions, OnDeletion, Plan
from streams.post import Author, Post
from streams.replay import uploads
from streams.settings import Settings
from streams.store import Store
from tests.rig.valkey import Valkey
from tests.workers.captures.killing_file_system import Killed, KillingDisk, QuickDisk
from tests.workers.captures.life import MINUTE, START, Clock
from tests.workers.captures.s3_server import S3, s3_server
from tests.workers.replay.kinds import KINDS
from workers.captures.maintenance.compress import compress_segment
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.recorder import Recorder
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.envelope import unwrap
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.verify import verify
from workers.captures.settings import CaptureSettings
from workers.collector.deletion_filter import DeletedIds
from workers.deletion.runner import DeletionRunner
from workers.export.kept_labels import keep


@dataclass
class Lab:
    """One machine with a database, a Redis and a clock that stands unless it is turned."""

    settings: Settings
    store: Store
    client: redis.Redis
    clock: Clock
    account_id: int
    name: str = "lab"

    @property
    def root(self) -> Path:
        return self.settings.data_dir / "captures"

    def runner(self, file_system: FileSystem | None = None, **changed: Any) -> DeletionRunner:
        chosen = self.settings.model_copy(update=changed)
        deleted_ids = DeletedIds(self.store.deletions.forgotten)
        return DeletionRunner(
            chosen, self.store, self.client, self.name, deleted_ids, self.clock, file_system
        )

    def stream(
        self,
        collection: str | None,
        account_id: int | None = None,
        on_deletion: OnDeletion = "redact",
    ) -> str:
        capture = CaptureOptions(collection, on_deletion=on_deletion) if collection else None
        owner = account_id or self.account_id
        plan = Plan(capture=capture)
        return self.store.streams.create(owner, "s", Filter(word="rain"), START, plan=plan).id

    def older(self, collection: str, account_id: int | None = None) -> str:
        """A stream from before folders of one's own: its folder is called like its collection."""
        stream_id = self.stream(collection, account_id)
        with self.store.engine.begin() as connection:
            change = text("UPDATE streams SET folder = collection WHERE id = :id")
            connection.execute(change, {"id": stream_id})
        return stream_id

    def recorder(self) -> Recorder:
        chosen = CaptureSettings(fsync_seconds=0)
        return Recorder(
            self.root, chosen, machine=self.name, file_system=QuickDisk(), clock=self.clock
        )

    def seal(self, stream_id: str, collection: str, *posts: bytes) -> str:
        """Write a segment and tell SQL of it; gives the name of the file."""
        recorder = self.recorder()
        stream = self.store.streams.get(stream_id)
        folder = (stream and stream.folder) or collection
        writer, _ = recorder.open(folder)
        sealed: list[Any] = []
        writer._on_sealed = lambda path, manifest: sealed.append(manifest)
        for raw in posts:
            writer.write(raw, self.clock.now, msgspec.json.decode(raw)["data"]["id"])
        recorder.close()
        plain = msgspec.to_builtins(sealed[0])
        count, size = sealed[0].count, sealed[0].bytes
        self.store.segments.add(stream_id, folder, self.name, count, size, self.clock.now, plain)
        self.clock.now += 10 * MINUTE
        return str(sealed[0].file)

    def ask(self, *posts: str, authors: tuple[str, ...] = ()) -> str:
        now = self.clock.now
        self.clock.now += 1
        return self.store.deletions.ask(
            self.account_id, "request", now, [self.name], posts=posts, authors=authors
        )

    def deletion(self, deletion_id: str) -> Deletion:
        found = self.store.deletions.get(deletion_id)
        assert found is not None
        return found

    def kept(self, collection: str) -> list[str]:
        """Ids in all segments that can be read."""
        ids = []
        for path in sorted(self.root.glob(f"{collection}*")):
            folder = SegmentCatalog(str(path))
            for each in folder.segments():
                if each.state == "sealed":
                    with folder.open_decompressed(each.path) as stream:
                        ids += [unwrap(line.rstrip()).id or "" for line in stream]
        return ids

    def is_proved(self) -> bool:
        folder = SegmentCatalog(str(self.root))
        return not any(verify(folder, each).bad for each in folder.segments())


def raw(id: str, author: str = "9") -> bytes:
    return msgspec.json.encode({"data": {"id": id, "text": f"rain {id}", "author_id": author}})


def finish(runner: DeletionRunner) -> int:
    """Step until nothing is left; gives how often."""
    for count in range(1, 10):
        if not runner.step():
            return count
    raise AssertionError("it never ends")


def test_posts_leave_every_segment_of_their_owner_and_sql_knows(lab: Lab) -> None:
    stream_id = lab.stream("rain")
    files = [lab.seal(stream_id, "rain", *(raw(f"{part}{n}") for n in range(4))) for part in "12"]
    packed = lab.root / "rain.1" / files[1]
    assert compress_segment(QuickDisk(), packed, "gzip")
    table, sets = lab.root / "labels.csv", folder_of(lab.settings.data_dir, lab.account_id, "s")
    table.write_text("id,label,path,confidence\n" + "".join(f"{n},neutral,,1\n" for n in (10, 11)))
    keep(table, sets, "1.0a", START)
    asked = lab.ask("11", "22", "99")
    finish(lab.runner())
    assert [each.posts for each in label_sets_in(sets)] == [1]
    assert lab.kept("rain") == ["10", "12", "13", "20", "21", "23"]
    assert lab.is_proved()
    now = lab.deletion(asked)
    assert (now.state, now.found, now.posts) == ("done", 2, 3)
    assert lab.store.deletions.record_missing(asked, 10) == ["99"]
    taken = lab.store.deletions.taken(asked)
    assert [(each.file, each.lines) for each in taken] == [(files[0], 1), (files[1] + ".gz", 1)]
    segments, _ = lab.store.segments.of(stream_id, 10, 0)
    assert [each.posts for each in segments] == [3, 3]
    assert segments[0].manifest["redactions"][0]["reason"] == "request"
    size = (lab.root / "rain.1" / files[0]).stat().st_size
    assert segments[1].bytes == size


def test_another_accounts_captures_stay_as_they_are(lab: Lab) -> None:
    eve = lab.store.accounts.sign_in("2", "eve", "Eve", None, b"sealed", 0).id
    lab.seal(lab.stream("mine"), "mine", raw("1"))
    lab.seal(lab.stream("hers", eve), "hers", raw("1"))
    lab.ask("1")
    finish(lab.runner())
    assert (lab.kept("mine"), lab.kept("hers")) == ([], ["1"])


def test_a_collection_that_changed_hands_is_told_apart_file_by_file(lab: Lab) -> None:
    eve = lab.store.accounts.sign_in("2", "eve", "Eve", None, b"sealed", 0).id
    mine = lab.older("rain")
    lab.seal(mine, "rain", raw("1", "42"), raw("2"))
    lab.store.streams.edit(mine, lab.account_id, START, plan=Plan())
    lab.seal(lab.older("rain", eve), "rain", raw("3", "42"), raw("4"))
    lab.clock.now += 10 * MINUTE
    lab.ask(authors=("42",))
    finish(lab.runner())
    assert lab.kept("rain") == ["2", "3", "4"]


def test_every_machine_does_its_own_disk_and_one_that_is_away_is_waited_for(
    lab: Lab, tmp_path: Path
) -> None:
    stream_id = lab.stream("rain")
    chosen = lab.settings.model_copy(update={"data_dir": tmp_path / "desk"})
    desk = replace(lab, settings=chosen, name="desk")
    for machine in (lab, desk):
        machine.seal(stream_id, "rain", raw("1"), raw("2"))
    asked = lab.ask("1")
    finish(lab.runner())
    assert (lab.kept("rain"), desk.kept("rain")) == (["2"], ["1", "2"])
    assert lab.deletion(asked).state == "working"
    assert [each.machine for each in lab.deletion(asked).machines if not each.done_at] == ["desk"]
    finish(desk.runner())
    assert (desk.kept("rain"), desk.is_proved()) == (["2"], True)
    assert lab.deletion(asked).state == "done"
    assert [each.machine for each in lab.store.deletions.taken(asked)] == ["lab", "desk"]
    assert {each.posts for each in lab.store.segments.of(stream_id, 10, 0)[0]} == {1}


def test_an_open_segment_is_sealed_first_and_the_capture_goes_on(lab: Lab) -> None:
    lab.stream("rain")
    recorder = lab.recorder()
    writer, _ = recorder.open("rain.1")
    recorder.start()
    for id in ("1", "2"):
        writer.write(raw(id), lab.clock.now, id)
    lab.ask("1")
    finish(lab.runner())
    writer.write(raw("3"), lab.clock.now, "3")
    recorder.close()
    assert lab.kept("rain") == ["2", "3"]
    assert lab.is_proved()


def test_what_a_dead_writer_left_open_is_sealed_and_looked_through(lab: Lab) -> None:
    stream_id = lab.stream("rain")
    recorder = lab.recorder()
    writer, _ = recorder.open("rain.1")
    writer.write(raw("1"), lab.clock.now, "1")
    writer.write(raw("2"), lab.clock.now, "2")
    recorder.commit()
    assert writer._segment is not None
    writer._segment.abandon()
    torn = next((lab.root / "rain.1").glob("*.tmp"))
    torn.write_bytes(torn.read_bytes() + b'{"__weir":{"data":{"id":"1","text":"ra')
    asked = lab.ask("1")
    finish(lab.runner())
    assert lab.kept("rain") == ["2"]
    assert not list((lab.root / "rain.1").glob("*.torn"))
    assert [each.posts for each in lab.store.segments.of(stream_id, 10, 0)[0]] == [1]
    assert lab.deletion(asked).state == "done"


def test_recent_posts_of_all_streams_of_the_account_become_tombstones(lab: Lab) -> None:
    mine = [lab.stream(None), lab.stream(None)]
    post = Post("1", "rain", author=Author("42"), received_at=START)
    other = Post("2", "rain", author=Author("43"), received_at=START)
    Relay(lab.client, 500).push(Batch("x", 1, 1, [post, other], [tuple(mine)] * 2), 1)
    asked = lab.ask(authors=("42",))
    finish(lab.runner())
    for stream_id in mine:
        kept = msgspec.json.decode(history.recent(lab.client, stream_id, None, 9).posts)
        assert kept[0] == {"id": "1", "deleted": True}
        assert kept[1]["text"] == "rain"
    assert lab.deletion(asked).recent == 2


def test_what_was_deleted_does_not_come_back(lab: Lab) -> None:
    lab.seal(lab.stream("rain"), "rain", raw("5", "42"), raw("6"))
    asked = lab.ask("1", authors=("42",))
    at = lab.deletion(asked).asked_at
    finish(lab.runner())
    forgotten = DeletedIds(lab.store.deletions.forgotten)
    forgotten.refresh()

    def holds(id: str, author: str, received_at: int, account: int = lab.account_id) -> bool:
        return forgotten.holds(
            account, Post(id, "x", author=Author(author), received_at=received_at)
        )

    assert holds("1", "9", at + 5)
    assert holds("5", "42", at + 5)  # found by its author
    assert holds("7", "42", at)
    assert not holds("7", "42", at + 1)
    assert not holds("6", "9", at)
    assert not holds("1", "9", at, account=lab.account_id + 1)


def test_it_is_not_done_while_a_segment_cannot_be_read(lab: Lab) -> None:
    file = lab.seal(lab.stream("rain"), "rain", *(raw(str(n)) for n in range(300)))
    packed = compress_segment(QuickDisk(), lab.root / "rain.1" / file, "gzip")
    assert packed is not None
    whole = packed.read_bytes()
    packed.write_bytes(whole[: len(whole) // 2])
    asked = lab.ask("1")
    runner = lab.runner()
    assert runner.step()
    assert runner.step()
    (work,) = lab.deletion(asked).machines
    assert work.done_at is None
    assert work.trouble is not None
    assert work.trouble.startswith(f"{file}.gz: the compressed data are damaged")
    packed.write_bytes(whole)
    finish(runner)
    assert lab.deletion(asked).state == "done"
    assert "1" not in lab.kept("rain")


def test_a_machine_that_is_killed_anywhere_goes_on_and_counts_right(
    lab: Lab, tmp_path: Path
) -> None:
    stream_id = lab.stream("rain")
    killed = 0
    for at in range(0, 60, 2):
        file = lab.seal(stream_id, "rain", raw(f"{at}1"), raw(f"{at}2"))
        asked = lab.ask(f"{at}1")
        dying = lab.runner(KillingDisk(tmp_path / f"trash{at}", at, True))
        try:
            dying.step()
        except Killed:
            killed += 1
        finish(lab.runner())
        now = lab.deletion(asked)
        assert (now.state, now.found) == ("done", 1)
        taken = lab.store.deletions.taken(asked)
        assert [(each.file, each.lines) for each in taken] == [(file, 1)]
    assert killed > 10
    assert lab.kept("rain") == [f"{at}2" for at in range(0, 60, 2)]
    assert lab.is_proved()
    assert {each.posts for each in lab.store.segments.of(stream_id, 100, 0)[0]} == {1}


def test_captures_are_served_while_redis_is_away(lab: Lab, valkey: Valkey) -> None:
    lab.seal(lab.stream("rain"), "rain", raw("1"), raw("2"))
    asked = lab.ask("1")
    nobody = redis.Redis(port=1, socket_connect_timeout=0.1)
    runner = DeletionRunner(
        lab.settings, lab.store, nobody, "lab", DeletedIds(lab.store.deletions.forgotten), lab.clock
    )
    assert runner.step()
    assert lab.kept("rain") == ["2"]
    assert "Redis does not answer" in (lab.deletion(asked).machines[0].trouble or "")
    finish(lab.runner())
    assert lab.deletion(asked).state == "done"


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as running:
        running.store().mkdir(running.bucket)
        yield running


@pytest.fixture
def s3(server: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3:
    for name, value in server.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return server


def ship(lab: Lab, url: str, s3: S3) -> None:
    one = SegmentUploader(
        FileSystem(), lab.root / "rain.1", ObjectStore(url, s3.options), keep_minutes=0
    )
    while one.step(lab.clock.now + MINUTE):
        pass


@pytest.mark.parametrize("machine", ["lab", "gone"])
def test_shipped_segments_are_rewritten_where_they_are(
    lab: Lab, s3: S3, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`gone`: another machine shipped them and will not come back."""
    url = f"s3://{s3.bucket}/{machine}"
    lab.name = machine
    stream_id = lab.stream("rain")
    files = [lab.seal(stream_id, "rain", raw(f"{n}1"), raw(f"{n}2")) for n in range(2)]
    ship(lab, url, s3)
    assert lab.kept("rain") == []
    lab.name = "lab"
    if machine == "gone":
        for path in (lab.root / "rain.1").iterdir():
            path.unlink()
        now = Machine("alive", lab.clock.now, "weir", 1, 1)
        machines.report(lab.client, now)
    asked = lab.ask("11")
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    runner = lab.runner(capture_ship_to=url, capture_ship_options=s3.options)
    finish(runner)
    remote = SegmentCatalog(f"{url}/rain.1", **s3.options)
    findings = [verify(remote, each) for each in remote.segments()]
    assert [each.verdict for each in findings] == ["ok", "ok"]
    assert "1 lines removed" in findings[1].notes[1]
    store = s3.store()
    assert b'"11"' not in store.cat(f"{s3.bucket}/{machine}/rain.1/{files[1]}")
    assert b'"12"' in store.cat(f"{s3.bucket}/{machine}/rain.1/{files[1]}")
    assert not store.exists(f"{s3.bucket}/{machine}/rain.1/{files[1]}.redacted")
    assert lab.is_proved()
    segments, _ = lab.store.segments.of(stream_id, 10, 0)
    assert [each.posts for each in segments] == [1, 2]
    done = {each.machine for each in lab.deletion(asked).machines if each.done_at}
    assert "lab" in done
    assert [each.lines for each in lab.store.deletions.taken(asked)] == [1]


def test_a_segment_that_is_here_and_there_is_rewritten_in_both_places(lab: Lab, s3: S3) -> None:
    url = f"s3://{s3.bucket}/both"
    file = lab.seal(lab.stream("rain"), "rain", raw("1"), raw("2"))
    keeping = SegmentUploader(
        FileSystem(), lab.root / "rain.1", ObjectStore(url, s3.options), keep_minutes=60
    )
    assert keeping.step(lab.clock.now)
    lab.ask("1")
    finish(lab.runner(capture_ship_to=url))
    assert lab.kept("rain") == ["2"]
    assert b'"1"' not in s3.store().cat(f"{s3.bucket}/both/rain.1/{file}")
    ship(lab, url, s3)  # and it may leave, now that both are alike
    assert not (lab.root / "rain.1" / file).exists()
    assert lab.is_proved()


def test_a_store_that_cannot_be_reached_is_told_and_tried_again(lab: Lab, s3: S3) -> None:
    lab.seal(lab.stream("rain"), "rain", raw("1"), raw("2"))
    asked = lab.ask("1")
    runner = lab.runner(capture_ship_to="no-such-protocol://bucket")
    assert runner.step()
    assert runner.step()
    assert lab.kept("rain") == ["2"]
    trouble = lab.deletion(asked).machines[0].trouble or ""
    assert trouble.startswith("no-such-protocol://bucket/rain.1: ")


def v1(id: str, author: str = "9") -> bytes:
    return msgspec.json.encode({"id_str": id, "text": f"rain {id}", "user": {"id_str": author}})


def page(*ids: str) -> bytes:
    return msgspec.json.encode({"data": [{"id": id, "text": f"rain {id}"} for id in ids]})


def test_posts_leave_uploaded_files_whatever_they_are_called_and_packed_with(lab: Lab) -> None:
    mine, theirs = (uploads(lab.settings.data_dir, owner) for owner in (lab.account_id, 77))
    lines = [raw("1"), v1("2"), page("1", "3"), raw("4", author="42"), b"", b"garbage", raw("5")]
    text = b"\n".join(lines)
    written = {
        "0123456789abcdef-plain.json.gz": text,
        "0123456789abcdef-gzip.json": gzip.compress(text),
        "0123456789abcdef-zstd.torn.json": zstandard.compress(text),
        "0123456789abcdef-clean.json": raw("6"),
        "0123456789abcdef-half.json.part": text,
    }
    for folder in (mine, theirs):
        folder.mkdir(parents=True)
        for name, data in written.items():
            (folder / name).write_bytes(data)
    asked = lab.ask("1", "2", authors=("42",))
    finish(lab.runner())
    left = b"\n".join([page("3"), b"", b"garbage", raw("5")])
    names = [name for name in written if not name.endswith(("clean.json", ".part"))]
    unpack: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.decompress, unzstd)
    for name, decompressed in zip(names, unpack, strict=True):
        assert decompressed((mine / name).read_bytes()) == left, name
        assert (theirs / name).read_bytes() == written[name]
    assert sorted(each.name for each in mine.iterdir()) == sorted(written)
    taken = lab.store.deletions.taken(asked)
    assert sorted(each.file for each in taken) == sorted(names)
    assert {(each.collection, each.lines, each.copies) for each in taken} == {("(uploads)", 3, 1)}
    found = lab.deletion(asked)
    assert (found.state, found.found, found.machines[0].trouble) == ("done", 3, None)


def test_an_upload_that_breaks_off_and_holds_a_deleted_post_is_told_until_it_is_gone(
    lab: Lab,
) -> None:
    folder = uploads(lab.settings.data_dir, lab.account_id)
    folder.mkdir(parents=True)
    whole = gzip.compress(b"\n".join([raw("1"), *(raw(str(n)) for n in range(5000, 9000))]))
    half = folder / "0123456789abcdef-half.json.gz"
    half.write_bytes(whole[:-500])
    asked = lab.ask("1")
    runner = lab.runner()
    for _ in range(3):
        assert runner.step()
        [machine] = lab.deletion(asked).machines
        assert "half.json.gz" in (machine.trouble or "")
        assert "delete the file" in (machine.trouble or "")
    assert half.read_bytes() == whole[:-500]
    half.unlink()
    finish(runner)
    assert lab.deletion(asked).state == "done"


@pytest.mark.parametrize(
    "name", ["lines.tar.xz", "lines.zip", "utf16_le.jsonl", "page_indented.json"]
)
def test_a_deleted_post_in_a_file_that_cannot_be_rewritten_is_told_until_it_is_gone(
    lab: Lab, name: str
) -> None:
    folder = uploads(lab.settings.data_dir, lab.account_id)
    folder.mkdir(parents=True)
    file = folder / f"0123456789abcdef-{name}"
    file.write_bytes(KINDS[name][0])
    asked = lab.ask(str(10**15))
    runner = lab.runner()
    assert runner.step()
    assert "delete the file" in (lab.deletion(asked).machines[0].trouble or "")
    assert file.read_bytes() == KINDS[name][0]
    file.unlink()
    finish(runner)
    assert lab.deletion(asked).state == "done"


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def test_each_plan_says_what_becomes_of_what_a_platform_deletes(lab: Lab) -> None:
    streams = {"rain": lab.stream("rain"), "snow": lab.stream("snow", on_deletion="mark")}
    for collection, stream_id in streams.items():
        lab.seal(stream_id, collection, raw("1"), raw("2", "42"), raw("3"))
    due_at = lab.clock.now + 5
    hear, named = lab.store.deletions.hear, {"posts": ["1"], "authors": ["42"]}
    asked = hear(lab.account_id, "gone", lab.clock.now, due_at, lab.name, **named)
    runner = lab.runner()
    assert not runner.step()
    assert lab.kept("rain") == ["1", "2", "3"]
    lab.clock.now = due_at
    finish(runner)
    assert lab.kept("rain") == ["3"]
    assert lab.kept("snow") == ["1", "2", "3"]
    (data,) = (lab.root / "snow.1").glob("*.json")
    marked = [unwrap(line).deleted_at for line in data.read_bytes().splitlines()]
    assert marked == [due_at - 5, due_at - 5, None]
    assert lab.is_proved()
    assert lab.deletion(asked).state == "done"
    lab.ask("1")
    finish(runner)
    assert lab.kept("snow") == ["2", "3"], "what a person deletes goes"
