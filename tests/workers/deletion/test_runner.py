"""A machine takes out what was asked: of its disk, Redis, and of what comes later."""

from dataclasses import replace
from pathlib import Path

import msgspec
import redis

from streams.batch import Batch
from streams.label_sets import folder_of
from streams.label_sets import kept as label_sets_in
from streams.live import history
from streams.live.relay import Relay
from streams.plan import Plan
from streams.post import Author, Post
from tests.rig.valkey import Valkey
from tests.workers.captures.killing_file_system import Killed, KillingDisk, QuickDisk
from tests.workers.captures.life import MINUTE, START
from tests.workers.deletion.lab import Lab, finish, raw
from workers.captures.maintenance.compress import compress_segment
from workers.captures.segments.envelope import unwrap
from workers.collector.deletion_filter import DeletedIds
from workers.deletion.runner import DeletionRunner
from workers.export.kept_labels import keep


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
