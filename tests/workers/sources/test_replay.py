"""The replay source: order, pace, how it holds, goes on and ends, and what it notes."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
import zstandard

from streams.filter import Filter
from streams.plan import Plan
from streams.post import Post
from streams.replay import Replay, ReplayProgress, upload, uploads
from streams.store import Store
from streams.stream import Stream, Wanted
from tests.rig.database import new_store
from tests.rig.waiting import wait_until
from tests.workers.replay import files
from workers.replay.pace import ReplayPace
from workers.replay.recording import (
    Reading,
    ReadingOrder,
    Recording,
    RecordingError,
    open_recording,
)
from workers.replay.recording_process import RecordingProcess
from workers.sources.replay import ReplaySource
from workers.sources.source import Arrival, Received

SECONDS = 10.0
FILE = "0123456789abcdef-made-up.json"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Stream:
    """An unpaced replay of a file that is not there yet."""
    account = store.accounts.sign_in("1", "demo", "Demo", None, b"sealed", 0)
    plan = Plan(replay=Replay(file=FILE, speed=0))
    wanted = Filter(languages=())
    made = store.streams.create(account.id, "again", wanted, 0, plan=plan, source="replay")
    uploads(tmp_path, account.id).mkdir(parents=True)
    return msgspec.structs.replace(made, wanted=Wanted.RUNNING)


def read_here(order: ReadingOrder, _stopped: threading.Event) -> Reading:
    """Read in this process: what the process of its own does more is tested for itself."""
    return open_recording(order)


def bring(folder: Path, stream: Stream, *lines: str) -> None:
    upload(folder, stream.account_id, FILE).write_text("".join(line + "\n" for line in lines))


def at_speed(stream: Stream, speed: float, **more: Any) -> Stream:
    replay = Replay(file=FILE, speed=speed, **more)
    return msgspec.structs.replace(stream, plan=Plan(replay=replay))


class Taker:
    """Plays the intake: takes lines when told to, reads them in order."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.source = ReplaySource(folder, store.replays, read=read_here)
        self.came: list[tuple[str, float]] = []
        self.unread: list[Received] = []
        self.posts: list[Post] = []
        self.reads = True

    def receive(self, line: Received) -> None:
        self.unread.append(line)
        if self.reads:
            self.read_all()

    def read_all(self) -> None:
        while self.unread:
            line = self.unread.pop(0)
            assert isinstance(line.content, Arrival)
            self.posts.append(line.content.post)
            self.came.append((line.content.post.id, time.monotonic()))
            self.source.taken(line.position)

    @property
    def ids(self) -> list[str]:
        return [number for number, _ in self.came]

    @contextmanager
    def playing(self, stream: Stream) -> Iterator["Taker"]:
        thread = threading.Thread(target=self.source.run, args=(self.receive,))
        thread.start()
        try:
            self.source.follow([stream])
            yield self
        finally:
            self.source.stop()
            thread.join(2)
            assert not thread.is_alive()

    def ended(self) -> bool:
        return self.source.link().connection == "closed"


@pytest.fixture
def taker(tmp_path: Path, store: Store) -> Taker:
    return Taker(tmp_path, store)


def test_lines_come_in_the_order_of_the_file_and_it_ends(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.v1(3, "c", 9), files.v1(1, "a", 0), files.v1(2, "b", 5))
    with taker.playing(saved):
        wait_until(taker.ended, SECONDS, "the end")
        taker.source.commit(True)
    assert taker.ids == ["3", "1", "2"]
    known = store.replays.get(saved.id)
    assert known is not None
    assert (known.lines, known.posts, known.share, known.fault) == (3, 3, 1.0, None)
    assert known.ended_at is not None
    assert known.moment == (files.BEGAN + 5) * 1000


def test_nothing_comes_before_it_is_due(tmp_path: Path, saved: Stream, taker: Taker) -> None:
    offsets = [0.0, 0.3, 0.1, 0.6, 0.6]
    lines = [files.v1(number, "x", offset) for number, offset in enumerate(offsets)]
    bring(tmp_path, saved, *lines)
    begun = time.monotonic()
    with taker.playing(at_speed(saved, 1)):
        wait_until(taker.ended, SECONDS, "the end")
    assert taker.ids == ["0", "1", "2", "3", "4"]
    waited = [moment - begun for _, moment in taker.came]
    due = [max(offsets[: number + 1]) for number in range(len(offsets))]
    assert all(late >= offset for late, offset in zip(waited, due, strict=True))


def test_our_own_lines_are_paced_by_when_they_were_received(
    tmp_path: Path, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.ours(1, "a", 0.0, -3600.0), files.ours(2, "b", 0.4, -7200.0))
    begun = time.monotonic()
    with taker.playing(at_speed(saved, 1)):
        wait_until(taker.ended, SECONDS, "the end")
    assert taker.ids == ["1", "2"]
    assert taker.came[1][1] - begun >= 0.4


def test_it_is_connected_in_a_silence_and_stops_at_once(
    tmp_path: Path, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.v1(1, "a"), files.v1(2, "b", 86_400))
    with taker.playing(at_speed(saved, 1)):
        wait_until(lambda: taker.ids == ["1"], SECONDS, "the first")
        link = taker.source.link()
    assert (link.connection, link.fault) == ("connected", None)
    assert link.last_line_at is not None


def test_held_it_hands_on_nothing_and_goes_on_with_the_next_post_at_once(
    tmp_path: Path, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.v1(1, "a"), files.v1(2, "b", 86_400), files.v1(3, "c", 86_400))
    stream = at_speed(saved, 1)
    with taker.playing(stream):
        wait_until(lambda: taker.ids == ["1"], SECONDS, "the first")
        assert taker.source.follow([]) == {}
        assert taker.source.link().connection == "connected"
        time.sleep(1.2)  # long enough for the source to see that it is held
        assert taker.ids == ["1"]
        taker.source.follow([stream])
        wait_until(taker.ended, SECONDS, "the end")
    assert taker.ids == ["1", "2", "3"]


def test_what_has_not_arrived_is_not_noted_and_is_played_again(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    lines = [files.twarc_page(files.v2(1, "a"), files.v2(2, "b")), files.v1(3, "c")]
    bring(tmp_path, saved, *lines, files.v1(4, "d"))
    taker.reads = False
    with taker.playing(saved):
        wait_until(lambda: len(taker.unread) == 4, SECONDS, "all to be handed on")
        assert not taker.ended()
        for _ in range(3):
            taker.source.taken(taker.unread.pop(0).position)
        taker.source.commit(False)
        assert store.replays.get(saved.id) is None  # what came since then may not be safe yet
        taker.source.commit(False)
    known = store.replays.get(saved.id)
    assert known is not None
    assert (known.lines, known.posts, known.ended_at) == (2, 3, None)
    later = Taker(tmp_path, store)
    with later.playing(saved):
        wait_until(later.ended, SECONDS, "the end")
        later.source.commit(True)
    assert later.ids == ["4"]
    finished = store.replays.get(saved.id)
    assert finished is not None
    assert (finished.posts, finished.began_at) == (4, known.began_at)


def test_half_a_page_is_played_again(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.twarc_page(files.v2(1, "a"), files.v2(2, "b")))
    taker.reads = False
    with taker.playing(saved):
        wait_until(lambda: len(taker.unread) == 2, SECONDS, "all to be handed on")
        taker.source.taken(taker.unread.pop(0).position)
        taker.source.commit(True)
    known = store.replays.get(saved.id)
    assert known is not None
    assert known.lines == 0


def test_a_run_that_has_ended_is_not_played_again_and_a_new_one_is_from_the_beginning(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.v1(1, "a"))
    store.replays.write(ReplayProgress(saved.id, 1, began_at=1, lines=1, posts=1, ended_at=2))
    assert store.replays.unfinished([saved]) == []
    taker.source.follow([saved])
    assert taker.ended()
    assert taker.ids == []
    anew = at_speed(saved, 0, run=2)
    assert store.replays.unfinished([anew]) == [anew]
    later = Taker(tmp_path, store)
    with later.playing(anew):
        wait_until(later.ended, SECONDS, "the end")
    assert later.ids == ["1"]


def test_a_source_lets_go_when_its_stream_begins_anew(
    tmp_path: Path, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, files.v1(1, "a"), files.v1(2, "b", 86_400))
    with taker.playing(at_speed(saved, 1)):
        assert not taker.ended()
        assert taker.source.follow([at_speed(saved, 1, run=2)]) == {}
        assert taker.ended()


def test_an_edited_filter_holds_for_what_comes_then(
    tmp_path: Path, saved: Stream, taker: Taker
) -> None:
    lines = [files.v1(number, "rain" if number % 2 else "snow", number / 5) for number in range(10)]
    bring(tmp_path, saved, *lines)
    rain = msgspec.structs.replace(at_speed(saved, 1), filter=Filter("rain"))
    snow = msgspec.structs.replace(rain, filter=Filter("snow"), generation=2)
    with taker.playing(rain):
        wait_until(lambda: len(taker.ids) == 2, SECONDS, "rain")
        followed = taker.source.follow([snow])
        assert followed[saved.id].generation == 2
        wait_until(taker.ended, SECONDS, "the end")
    assert taker.ids[:2] == ["1", "3"]
    assert taker.ids[-1] == "8"
    assert len([number for number in taker.ids[2:] if int(number) % 2]) <= 1  # the one in hand


def test_a_file_without_posts_is_a_fault_that_names_what_can_be_read(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, '{"limit":{"track":3}}', "not json")
    with taker.playing(saved):
        wait_until(taker.ended, SECONDS, "the end")
        taker.source.commit(True)
    known = store.replays.get(saved.id)
    assert known is not None
    assert known.fault is not None
    assert known.fault.code == "not_readable"
    assert "twarc" in known.fault.message


@pytest.mark.parametrize(
    ("replay", "code"),
    [
        (Replay(file=FILE), "nothing_here"),
        (Replay(collection="never captured"), "nothing_here"),
    ],
)
def test_a_recording_that_is_not_here_is_a_fault(tmp_path: Path, replay: Replay, code: str) -> None:
    with pytest.raises(RecordingError) as raised:
        Recording(tmp_path, 1, replay, 0)
    assert raised.value.code == code


@pytest.mark.parametrize("file", ["../secret.json", "/etc/passwd", "", "a" * 16, f"x/{FILE}"])
def test_a_path_is_no_file_of_anybody(tmp_path: Path, file: str) -> None:
    with pytest.raises(ValueError, match="not the name of an uploaded file"):
        upload(tmp_path, 1, file)


def edited(number: int, chain: list[int], seconds: float) -> str:
    post = json.loads(files.twarc_stream(number, f"version {number}", seconds))
    post["data"]["edit_history_tweet_ids"] = [str(each) for each in chain]
    return json.dumps(post)


def jetstream(operation: str, rkey: str, seconds: float) -> str:
    record = {"text": "hail", "createdAt": files.iso(seconds)}
    commit: dict[str, object] = {
        "collection": "app.bsky.feed.post",
        "operation": operation,
        "rkey": rkey,
    }
    commit |= {"record": record} if operation == "create" else {}
    time_us = int((files.BEGAN + seconds) * 1_000_000)
    return json.dumps(
        {"did": "did:plc:ann", "time_us": time_us, "kind": "commit", "commit": commit}
    )


def test_what_a_recording_deletes_is_taken_back_after_it_was_shown_and_an_edit_replaces(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    uri = "at://did:plc:ann/app.bsky.feed.post/a"
    happened: list[str] = []
    fails = [redis.exceptions.ConnectionError("down")]

    def take_back(stream_id: str, ids: Sequence[str]) -> None:
        assert stream_id == saved.id
        if fails:
            raise fails.pop()
        happened.extend(f"-{each}" for each in ids)

    taker.source = ReplaySource(tmp_path, store.replays, take_back=take_back, read=read_here)
    taker.came = Log(happened)
    bring(
        tmp_path,
        saved,
        edited(10, [10], 0),
        edited(11, [10, 11], 1),
        jetstream("create", "a", 2),
        jetstream("delete", "never-shown", 3),
        files.v1(12, "hail", 4),
        jetstream("delete", "a", 5),
        json.dumps({"delete": {"status": {"id_str": "12"}}}),
    )
    with taker.playing(saved):
        wait_until(taker.ended, SECONDS, "the end")
    assert happened == ["10", "11", uri, "12", f"-{uri}", "-12"]
    assert [each.ids for each in taker.posts if each.edited is True] == [("11", "10")]


class Log(list[tuple[str, float]]):
    """Notes what came among what was taken back."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__()
        self._happened = happened

    def append(self, item: tuple[str, float]) -> None:
        self._happened.append(item[0])
        super().append(item)


def test_a_replay_of_a_zstd_file_with_a_long_window_says_so_within_the_limit(
    tmp_path: Path, saved: Stream
) -> None:
    options = zstandard.ZstdCompressionParameters.from_level(1, window_log=22)
    packed = zstandard.ZstdCompressor(compression_params=options).compressobj()
    line = files.v1(1, "hail").encode() + b"\n"
    path = upload(tmp_path, saved.account_id, FILE)
    path.write_bytes(packed.compress(line) + packed.flush())
    replay = Replay(file=FILE)
    recording = Recording(tmp_path, saved.account_id, replay, 0, window=1 << 20)
    with pytest.raises(RecordingError, match="window too large"):
        list(recording.entries())
    assert "window too large: the file needs 4 MiB" in recording.summary()
    assert len(list(Recording(tmp_path, saved.account_id, replay, 0).entries())) == 1


def test_the_pace() -> None:
    twice = ReplayPace(2)
    assert twice.wait(10_000, 5.0) == 0
    assert twice.wait(14_000, 5.5) == 1.5
    assert twice.wait(12_000, 5.5) == 1.5  # out of order: no earlier than what it follows
    assert twice.wait(14_000, 99.0) == 0
    twice.go_on()
    assert twice.wait(90_000, 100.0) == 0
    assert twice.wait(91_000, 100.0) == 0.5
    assert ReplayPace(0).wait(1 << 40, 0.0) == 0


def test_a_recording_whose_reader_is_killed_is_read_on_and_its_owner_learns_of_it(
    tmp_path: Path, store: Store, saved: Stream, taker: Taker
) -> None:
    bring(tmp_path, saved, *(files.v1(number, "rain " * 20, number) for number in range(5000)))
    taker.source = ReplaySource(tmp_path, store.replays)
    taker.reads = False
    with taker.playing(saved):
        wait_until(lambda: taker.unread, SECONDS, "the first post")
        reading = taker.source._reading
        assert isinstance(reading, RecordingProcess)
        os.kill(reading.pid, signal.SIGKILL)
        taker.reads = True
        wait_until(taker.ended, SECONDS, "the end of the recording")
        note = taker.source.follow([saved])[saved.id].note
    assert taker.ids == [str(number) for number in range(5000)]
    assert note is not None
    assert note.endswith("its reader was killed and started again: 1")
