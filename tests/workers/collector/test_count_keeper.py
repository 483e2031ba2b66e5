"""Totals equal what was taken in, whatever Redis and the database went through."""

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from streams.batch import Batch
from streams.filter import Filter
from streams.live import batches, history
from streams.live.held_connection import HeldConnection
from streams.live.minutes import SourceCounts
from streams.live.relay import Relay
from streams.post import Post
from streams.store import Store
from streams.store.minutes import Counts, Minutes
from workers.collector import count_journal
from workers.collector.count_journal import CountJournal, JournalEntry, TakenBefore
from workers.collector.count_keeper import CountKeeper

NOW = 1_800_000_000
STEPS = (
    "send",
    "take_only",
    "relay",
    "leave_out",
    "kill_while_leaving_out",
    "wake_and_leave_out",
    "commit",
    "database_away",
    "wipe",
    "restart",
    "kill_before_recording",
    "look",
)


class Bench:
    """A keeper between a real Redis and a real database, with taggers that take their time."""

    def __init__(self, client: redis.Redis, store: Store, account_id: int, folder: Path) -> None:
        self.folder = folder
        self.client = client
        self.store = store
        self.stream_id = store.streams.create(account_id, "s", Filter("rain"), 0).id
        self.slot = self.stream_id  # nobody else's
        CountJournal(folder, self.slot).append(
            JournalEntry("", SourceCounts(0, {}), until=NOW * 1000)
        )
        self.keeper = self.new_keeper()
        self.relay_to_viewers = Relay(client, 10)
        self.sent: list[Batch] = []
        self.posts = 0
        self.number = 0
        self.later = 0.0
        self.captured: list[tuple[str, int]] = []

    def new_keeper(self) -> CountKeeper:
        journal = CountJournal(self.folder, self.slot)
        return CountKeeper(self.client, self.store.minutes, self.store.segments, self.slot, journal)

    def batch(self) -> Batch:
        self.number += 1
        posts = [self.post(f"{self.number}{i}") for i in range(3)]
        return Batch(self.slot, 1, self.number, posts, [(self.stream_id,)] * 3)

    def post(self, key: str) -> Post:
        """Capture a post; posts come a millisecond apart, or in the same one."""
        at = NOW * 1000 + len(self.captured) // 2
        self.captured.append((key, at))
        self.posts += 1
        return Post(key, "rain", received_at=at)

    def kill_before_recording(self) -> None:
        """The collector is killed when posts are captured, and in no batch yet."""
        self.number += 1
        self.post(f"{self.number}a"), self.post(f"{self.number}b")
        self.restart()

    def send(self) -> None:
        batch = self.batch()
        self.keeper.take(batch)
        with self.keeper.handing_over(batch.id):
            HeldConnection(self.client).ask(batches.kept(batch))
        self.sent.append(batch)

    def relay(self) -> None:
        """A tagger relays what it holds, also when Redis has lost its task meanwhile."""
        if self.sent:
            self.relay_to_viewers.push(self.sent.pop(0), NOW)

    def take_only(self) -> None:
        """The collector is killed before it hands a batch over."""
        self.keeper.take(self.batch())
        self.restart()

    def leave_out(self) -> None:
        self.count_left_out(self.shed())

    def shed(self) -> dict[str, dict[str, int]]:
        """Shed two batches; Redis does not know it yet."""
        shed = [self.batch(), self.batch()]
        for batch in shed:
            self.keeper.take(batch)
        return {batch.id: {self.stream_id: 3} for batch in shed}

    def count_left_out(self, counts: dict[str, dict[str, int]]) -> None:
        with self.keeper.handing_over(*counts):
            self.relay_to_viewers.count_left_out(self.slot, counts, NOW)

    def kill_while_leaving_out(self) -> None:
        self.shed()
        self.restart()

    def wake_and_leave_out(self) -> None:
        """A collector stood still, another has taken over; it wakes and counts what it shed."""
        frozen, shed = self.keeper, self.shed()
        self.restart()
        for _ in range(self.number % 3):
            self.look()
        with frozen.handing_over(*shed):
            self.relay_to_viewers.count_left_out(self.slot, shed, NOW)

    def commit(self) -> None:
        self.keeper.seed([self.stream_id])
        self.keeper.commit()

    def database_away(self) -> None:
        self.keeper.seed([self.stream_id])
        away = CountKeeper(
            self.client, AwayMinutes(self.store), self.store.segments, self.slot, None
        )
        with suppress(OperationalError):
            away.commit()

    def wipe(self) -> None:
        self.client.flushdb()

    def restart(self) -> None:
        """Another collector takes over, with what the last one left on disk."""
        self.keeper = self.new_keeper()
        self.number += 1
        token = f"{self.slot}:1:{self.number}:captured"
        known = self.keeper.take_over(self.stream_id, 0)
        assert not self.keeper.take_over(self.stream_id, 0)
        found = self.keeper.take_captured(token, self.stream_id, 0, self.captured, known)
        changed_at = NOW * 2000
        assert not self.keeper.take_captured("again", self.stream_id, changed_at, self.captured, ())
        if found:
            self.count_left_out({token: {self.stream_id: len(found)}})

    def look(self) -> None:
        """Time passes: what is overdue is looked for."""
        self.later += 100
        self.commit()
        self.keeper.restore(time.monotonic() + self.later)

    def lose_the_journal(self) -> None:
        """Another collector takes over; what the last one recorded is gone, its files are not."""
        for path in (self.folder / "slots").iterdir():
            path.unlink()
        self.restart()
        lines = len(self.captured)
        manifest = {"file": "a", "collection": "a", "count": lines + 3, "not_json": 1, "edits": 2}
        segments, counts = self.store.segments, (lines + 3, 1, NOW * 1000)
        segments.add(self.stream_id, "a.1", "lab", *counts, manifest)
        self.keeper.compare_with_sealed(self.stream_id, f"{self.slot}:1:{self.number}:sealed")

    def settle(self) -> None:
        """Taggers relay what Redis still has; then nothing happens for a while."""
        self.sent = [each for each in self.sent if batches.read(self.client, each.id)]
        while self.sent:
            self.relay()
        for _ in range(2):
            self.look()
        self.commit()


class AwayMinutes(Minutes):
    """A database that refuses."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, slot: str, token: str, counts: Counts) -> None:
        raise OperationalError("away", None, Exception())


@pytest.fixture
def account_id(store: Store) -> int:
    return store.accounts.sign_in("1", "demo", "Demo", None, b"sealed", 0).id


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=25))
@example(steps=["send", "send", "wake_and_leave_out"])  # counted as lost by the other meanwhile
def test_every_post_is_counted_once_after_whatever_happened(
    client: redis.Redis, store: Store, account_id: int, tmp_path: Path, steps: list[str]
) -> None:
    bench = Bench(client, store, account_id, tmp_path)
    for step in steps:
        getattr(bench, step)()
    bench.settle()
    stored = store.minutes.totals(bench.stream_id)
    shown = history.totals(client, bench.stream_id)
    assert sum(stored.values()) - stored["left_out"] == bench.posts
    assert shown == {"posts": bench.posts, **stored}
    assert not bench.keeper.uncounted


def test_what_redis_lost_counts_as_not_labelled_and_the_status_says_so(
    client: redis.Redis, store: Store, account_id: int, tmp_path: Path
) -> None:
    bench = Bench(client, store, account_id, tmp_path)
    bench.send()
    bench.commit()
    bench.wipe()
    bench.look()
    assert history.totals(client, bench.stream_id)["posts"] == 0
    bench.look()
    assert history.totals(client, bench.stream_id)["not_labelled"] == 3
    now = time.monotonic() + bench.later
    assert "the labels of 3 posts are lost" in bench.keeper.notes(now)[bench.stream_id]
    bench.relay()  # a tagger that held it all the time
    assert history.totals(client, bench.stream_id)["posts"] == 3
    assert bench.keeper.notes(now + 601) == {}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(st.sampled_from(("send", "relay", "commit", "wipe")), max_size=12),
    after=st.lists(st.sampled_from(("send", "relay", "leave_out", "commit", "wipe")), max_size=6),
)
def test_what_is_sealed_is_counted_once_although_the_journal_is_gone(
    client: redis.Redis,
    store: Store,
    account_id: int,
    tmp_path: Path,
    before: list[str],
    after: list[str],
) -> None:
    bench = Bench(client, store, account_id, tmp_path)
    for step in (*before, "lose_the_journal", *after):
        getattr(bench, step)()
    for _ in range(2):  # what a tagger holds waits in Redis, and is not counted before
        bench.look()
    bench.settle()
    bench.settle()
    stored = store.minutes.totals(bench.stream_id)
    assert sum(stored.values()) - stored["left_out"] == bench.posts
    assert history.totals(client, bench.stream_id)["posts"] == bench.posts
    assert not bench.keeper.uncounted


def test_counts_that_wait_in_redis_for_the_collector_of_another_slot_are_not_missing(
    client: redis.Redis, store: Store, account_id: int, tmp_path: Path
) -> None:
    bench = Bench(client, store, account_id, tmp_path)
    elsewhere = bench.batch()
    elsewhere.slot = "x@elsewhere"
    bench.relay_to_viewers.push(elsewhere, NOW)
    bench.lose_the_journal()
    for _ in range(3):
        bench.look()
    assert history.totals(client, bench.stream_id)["posts"] == 3
    CountKeeper(client, store.minutes, store.segments, "x@elsewhere", None).commit()
    for _ in range(3):
        bench.look()
    assert history.totals(client, bench.stream_id)["posts"] == 3


def test_a_batch_that_waits_for_a_tagger_is_not_taken_for_lost(
    client: redis.Redis, store: Store, account_id: int, tmp_path: Path
) -> None:
    bench = Bench(client, store, account_id, tmp_path)
    bench.send()
    for _ in range(3):
        bench.look()
    later = time.monotonic() + bench.later + 100
    assert bench.keeper.restore(later) == [bench.sent[0].id]
    assert history.totals(client, bench.stream_id)["posts"] == 0
    bench.sent[0].posts[0].label = "positive"
    bench.relay()
    bench.commit()
    assert store.minutes.totals(bench.stream_id)["positive"] == 1


def test_a_torn_or_unreadable_journal_costs_what_it_cannot_tell_alone(tmp_path: Path) -> None:
    journal = CountJournal(tmp_path, "x@lab/2")
    assert journal.read() == TakenBefore()
    counts = SourceCounts(NOW, {"a": 3})
    journal.append(JournalEntry("x:1:1", counts))
    journal.append(JournalEntry("x:1:2", counts))
    (path,) = (tmp_path / "slots").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    assert journal.read().uncounted == {"x:1:1": counts}
    journal.append(JournalEntry("x:1:3", counts, ["x:1:1"], [("1", ("a",))], 7))
    assert journal.read() == TakenBefore({"x:1:3": counts}, {"a": {"1"}}, 7)
    journal.save(["x:1:3"], {})
    assert journal.read() == TakenBefore({}, {"a": {"1"}}, 7)
    journal.append(JournalEntry("x:1:4", counts))
    os.utime(path, (NOW - 1_000_000_000,) * 2)
    assert journal.read().uncounted == {}  # Redis does not know any more what it relayed
    path.unlink()
    path.mkdir()
    journal.append(JournalEntry("x:1:5", counts))
    journal.save([], {})


def test_posts_are_known_for_longer_than_their_counts_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(count_journal, "MOST_POSTS", 10)
    journal = CountJournal(tmp_path, "x")
    for number in range(100):
        counts = SourceCounts(NOW, {"a": 2})
        posts = [(f"{number}.{at}", ("a",)) for at in range(2)]
        journal.append(JournalEntry(f"x:1:{number}", counts, (), posts, number))
        journal.save([f"x:1:{number - 1}"], {f"x:1:{number}": counts})
        found = CountJournal(tmp_path, "x").read()
        assert set(found.uncounted) == {f"x:1:{number}"}
        assert found.until == number
        newest = {f"{each}.{at}" for each in range(max(0, number - 4), number + 1) for at in (0, 1)}
        assert newest <= found.posts["a"]
    assert len(found.posts["a"]) <= 20
    journal.remove()
    assert list((tmp_path / "slots").iterdir()) == []
