"""The Bluesky source against a double of Jetstream: matching, cursor, hosts, handles, faults."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from streams.filter import Filter
from streams.store import Store
from streams.stream import Stream, Wanted
from tests import smoke
from tests.rig.database import new_store
from tests.rig.waiting import wait_until
from tests.simulator.jetstream import Jetstream
from workers.sources.bluesky.handles import Handles
from workers.sources.bluesky.source import BlueskySource
from workers.sources.source import Arrival, Received, Skipped

SECONDS = 15.0
ACCOUNT = "did:plc:" + hashlib.sha256(b"grace.example").hexdigest()[:24]


@pytest.fixture(scope="module")
def running_jetstream() -> Iterator[Jetstream]:
    jetstream = Jetstream()
    yield jetstream
    assert jetstream.stop() == 0
    assert jetstream.complaints == ""


@pytest.fixture
def jetstream(running_jetstream: Jetstream) -> Iterator[Jetstream]:
    yield running_jetstream
    running_jetstream.set(window=36 * 3600, v2=False)
    running_jetstream.control("POST", "reset")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.engine.dispose()


def stream(word: str, *, id: str = "s", since: int | None = None, **wanted: object) -> Stream:
    """A stream that is wanted since a moment (ms): by default since a minute."""
    filter_ = Filter(word=word, **wanted)  # type: ignore[arg-type]  # tests give few kinds
    changed = int(time.time() * 1000) - 60_000 if since is None else since
    return Stream(id, 1, word, "bluesky", filter_, Wanted.RUNNING, 1, False, 0, changed)


class Reader:
    """Plays the intake: keeps posts, and takes them at once unless it is told to wait."""

    def __init__(self, store: Store, *hosts: str, api: str = "") -> None:
        self.handles = Handles(api)
        self.source = BlueskySource("bluesky", store.positions, hosts, self.handles)
        self.came: list[Received] = []
        self.takes = True

    @contextmanager
    def reading(self, *wanted: Stream) -> Iterator[None]:
        self.source.follow(wanted)
        thread = threading.Thread(target=self.source.run, args=(self._receive,), daemon=True)
        thread.start()
        try:
            wait_until(lambda: self.source.link().connection == "connected", SECONDS, "connected")
            yield
        finally:
            self.source.stop()
            thread.join(SECONDS)
            assert not thread.is_alive()
            assert self.source.link().connection == "closed"

    def _receive(self, line: Received) -> None:
        self.came.append(line)
        if self.takes:
            self.source.taken(line.position)

    @property
    def posts(self) -> list[Arrival]:
        return [each.content for each in self.came if isinstance(each.content, Arrival)]

    @property
    def ids(self) -> list[str]:
        return [each.post.id for each in self.posts]


def test_posts_go_to_the_streams_whose_filters_match(jetstream: Jetstream, store: Store) -> None:
    reader = Reader(store, jetstream.host)
    rain, umbrella = stream("rain", id="r"), stream("umbrella", id="u")
    with reader.reading(rain, umbrella):
        sent = jetstream.publish("Rain!", "an umbrella in the rain", "sunshine", "lluvia")
        wait_until(lambda: len(reader.posts) == 2, SECONDS, "two posts")
    assert reader.ids == sent[:2]
    assert [each.stream_ids for each in reader.posts] == [("r",), ("r", "u")]
    assert msgspec.json.decode(reader.came[0].raw)["commit"]["record"]["text"] == "Rain!"


def test_a_source_that_ends_and_begins_again_reads_on_without_a_gap(
    jetstream: Jetstream, store: Store
) -> None:
    wanted, sent = stream("rain"), []
    first = Reader(store, jetstream.host)
    with first.reading(wanted):
        sent += jetstream.publish("rain 1", "rain 2")
        wait_until(lambda: len(first.posts) == 2, SECONDS, "two posts")
        first.source.commit(everything=True)
    sent += jetstream.publish("rain 3", "rain 4")
    second = Reader(store, jetstream.host)
    with second.reading(wanted):
        sent += jetstream.publish("rain 5")
        wait_until(lambda: second.ids and second.ids[-1] == sent[-1], SECONDS, "the last post")
        assert second.source.outages() == []
    assert list(dict.fromkeys((*first.ids, *second.ids))) == sent
    assert second.ids == list(dict.fromkeys(second.ids))
    replayed = {each.post.id for each in second.posts if each.post.backfilled is True}
    assert {sent[2], sent[3]} <= replayed
    assert sent[4] not in replayed
    assert not any(each.post.backfilled is True for each in first.posts)


def test_what_was_not_captured_comes_again(jetstream: Jetstream, store: Store) -> None:
    wanted = stream("rain")
    first = Reader(store, jetstream.host)
    with first.reading(wanted):
        jetstream.publish("rain 1")
        wait_until(lambda: first.posts, SECONDS, "the first post")
        first.takes = False
        lost = jetstream.publish("rain 2")
        wait_until(lambda: len(first.posts) == 2, SECONDS, "the second post")
        first.source.commit(everything=True)
    second = Reader(store, jetstream.host)
    with second.reading(wanted):
        wait_until(lambda: set(lost) <= set(second.ids), SECONDS, "what was lost")


def test_a_closed_connection_is_taken_up_again_without_loss_or_doubles(
    jetstream: Jetstream, store: Store
) -> None:
    reader, sent = Reader(store, jetstream.host), []
    with reader.reading(stream("rain")):
        for number in range(3):
            sent += jetstream.publish(f"rain {number}")
            jetstream.fault("close")
        sent += jetstream.publish("rain at last")
        wait_until(lambda: set(sent) <= set(reader.ids), SECONDS, "every post")
        assert reader.source.outages() == []
    assert reader.ids == sent


def test_a_stream_gets_what_was_posted_since_its_start_and_nothing_from_before(
    jetstream: Jetstream, store: Store
) -> None:
    first = Reader(store, jetstream.host)
    with first.reading(stream("rain")):
        jetstream.publish("rain 1")
        wait_until(lambda: first.posts, SECONDS, "the first post")
        first.source.commit(everything=True)
    jetstream.publish("rain before the start")
    started = int(time.time() * 1000) + 1
    wait_until(lambda: time.time() * 1000 > started, 1, "the next millisecond")
    wanted = jetstream.publish("rain after the start")
    second = Reader(store, jetstream.host)
    with second.reading(stream("rain", since=started)):
        wait_until(lambda: second.posts, SECONDS, "the post")
    assert second.ids == wanted


def test_a_host_that_no_longer_has_the_time_leaves_a_gap(
    jetstream: Jetstream, store: Store
) -> None:
    store.positions.write("bluesky", '{"time_us": 5000000, "rate": 30.0}')
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain", since=1_000)):
        before = int(time.time() * 1000)
        jetstream.publish("rain")
        wait_until(lambda: reader.posts, SECONDS, "the post")
        (outage,) = reader.source.outages()
    assert (outage.since, outage.reason) == (5_000, "replay_window")
    assert before - 1 <= outage.until <= int(time.time() * 1000)


def test_a_host_that_refuses_or_is_away_makes_room_for_the_next(
    jetstream: Jetstream, store: Store
) -> None:
    reader = Reader(store, "ws://127.0.0.1:1", jetstream.host)
    with reader.reading(stream("rain")):
        jetstream.publish("rain")
        wait_until(lambda: reader.posts, SECONDS, "the post")
    jetstream.fault("http_503")
    again = Reader(store, jetstream.host)
    with again.reading(stream("rain")):
        assert len(jetstream.subscribers()) == 1


def test_without_streams_there_is_no_connection(jetstream: Jetstream, store: Store) -> None:
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain")):
        reader.source.follow(())
        wait_until(lambda: not jetstream.subscribers(), SECONDS, "the connection to be closed")
        assert reader.source.link().connection == "idle" or reader.source.link().fault is None


def test_handles_are_looked_up_in_the_background_and_follow_a_change(
    jetstream: Jetstream, store: Store
) -> None:
    reader = Reader(store, jetstream.host, api=jetstream.base)

    def handle_of_next() -> str | None:
        before = len(reader.posts)
        jetstream.publish("rain", handle="ada.example")
        wait_until(lambda: len(reader.posts) > before, SECONDS, "a post")
        author = reader.posts[-1].post.author
        return author.handle if author else None

    with reader.reading(stream("rain")):
        assert handle_of_next() is None  # no post waits for it
        wait_until(lambda: handle_of_next() == "ada.example", SECONDS, "the handle")
        order = {"handle": "ada.example", "renamed": "ada.test"}
        jetstream.control("POST", "accounts", json=order)
        wait_until(lambda: handle_of_next() == "ada.test", SECONDS, "the new handle")


def test_the_posts_of_an_account_are_found_by_its_handle(
    jetstream: Jetstream, store: Store
) -> None:
    jetstream.publish("hello", handle="grace.example")
    reader = Reader(store, jetstream.host, api=jetstream.base)
    with reader.reading(stream("from:Grace.example")):
        wait_until(lambda: reader.handles.followed(ACCOUNT), SECONDS, "the account")
        jetstream.publish("hello", handle="ada.example")
        sent = jetstream.publish("hello", handle="grace.example")
        wait_until(lambda: sent[0] in reader.ids, SECONDS, "the post")
    assert {each.post.author and each.post.author.id for each in reader.posts} == {ACCOUNT}


def test_a_host_that_ends_connections_without_an_event_is_asked_ever_more_seldom(
    jetstream: Jetstream, store: Store
) -> None:
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain")):
        jetstream.fault("close", count=3)
        wait_until(lambda: _pause_of(reader) > 900, SECONDS, "a pause of a second")


def _pause_of(reader: Reader) -> float:
    """How long (ms) the source still waits before it connects."""
    return (reader.source.link().retry_at or 0) - time.time() * 1000


def test_version_2_is_spoken_with_hosts_that_offer_it_and_reads_on_where_version_1_ended(
    jetstream: Jetstream, store: Store
) -> None:
    wanted, sent = stream("rain"), jetstream.publish("rain 1")
    first = Reader(store, jetstream.host)
    with first.reading(wanted):
        wait_until(lambda: first.posts, SECONDS, "the first post")
        first.source.commit(everything=True)
    jetstream.set(v2=True)
    sent += jetstream.publish("rain 2")
    second = Reader(store, jetstream.host)
    with second.reading(wanted):
        assert [each["version"] for each in jetstream.subscribers()] == [2]
        wait_until(lambda: sent[1] in second.ids, SECONDS, "the second post")
        sent += jetstream.publish("rain 3")
        wait_until(lambda: sent[2] in second.ids, SECONDS, "the third post")
        jetstream.control("POST", "deletions", json={"uris": [sent[2]]})
        wait_until(lambda: not isinstance(second.came[-1].content, Arrival), SECONDS, "deletion")
        assert second.source.outages() == []
    assert list(dict.fromkeys((*first.ids, *second.ids))) == sent
    assert second.came[-1].content == Skipped("deleted", deleted=(sent[2],), deleted_from=("s",))
    line = second.came[second.ids.index(sent[1])].raw
    assert msgspec.json.decode(line)["payload"]["record"]["text"] == "rain 2"


def test_a_host_whose_version_2_brings_nothing_is_spoken_to_in_version_1(
    jetstream: Jetstream, store: Store
) -> None:
    jetstream.set(v2=True)
    jetstream.fault("close")
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain")):
        wait_until(
            lambda: [each["version"] for each in jetstream.subscribers()] == [1],
            SECONDS,
            "version 1",
        )
        sent = jetstream.publish("rain")
        wait_until(lambda: reader.ids == sent, SECONDS, "the post")


def test_the_smoke_test_tells_hosts_that_can_be_read_from_others(jetstream: Jetstream) -> None:
    jetstream.control("POST", "rate", json={"posts_per_second": 50})
    jetstream.publish("hello", handle="grace.example")
    try:
        assert smoke.try_bluesky(jetstream.host)[0]
    finally:
        jetstream.control("POST", "rate", json={"posts_per_second": 0})
    assert smoke.try_handles(jetstream.base, "grace.example") == (True, "grace.example was found")
    is_read, sentence = smoke.try_bluesky("ws://127.0.0.1:1", seconds=0.5)
    assert not is_read
    assert "ws://127.0.0.1:1 cannot be reached" in sentence


def test_a_deleted_post_is_told_to_the_streams_that_got_it(
    jetstream: Jetstream, store: Store
) -> None:
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain", id="r"), stream("snow", id="n")):
        kept, gone, other = jetstream.publish("rain", "rain again", "sunshine")
        wait_until(lambda: len(reader.posts) == 2, SECONDS, "two posts")
        jetstream.control("POST", "deletions", json={"uris": [other, gone]})
        wait_until(lambda: len(reader.came) == 4, SECONDS, "the deletions")
    told = [each.content for each in reader.came if isinstance(each.content, Skipped)]
    found = [(each.deleted, each.deleted_from) for each in told]
    assert found == [((other,), ()), ((gone,), ("r",))], "captures may know more"
    assert kept in reader.ids


def test_an_edit_comes_as_a_later_version_of_its_post(jetstream: Jetstream, store: Store) -> None:
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain")):
        (uri,) = jetstream.publish("rain")
        jetstream.control("POST", "edits", json={"uri": uri, "text": "more rain"})
        wait_until(lambda: len(reader.posts) == 2, SECONDS, "both versions")
        jetstream.control("POST", "edits", json={"uri": uri, "text": "sunshine now"})
        wait_until(lambda: len(reader.posts) == 3, SECONDS, "a version that matches no filter")
    versions = [(each.post.text, each.post.edited is True, each.had) for each in reader.posts]
    later = [("more rain", True, ("s",)), ("sunshine now", True, ("s",))]
    assert versions == [("rain", False, ()), *later]
    assert {each.post.id for each in reader.posts} == {uri}
    assert len({each.version for each in reader.posts}) == 3


def test_a_gone_account_is_told_once_to_the_streams_that_got_its_posts(
    jetstream: Jetstream, store: Store
) -> None:
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain", id="r"), stream("snow", id="n")):
        jetstream.publish("rain", handle="ada.example")
        jetstream.publish("snow", handle="grace.example")
        wait_until(lambda: len(reader.posts) == 2, SECONDS, "two posts")
        for handle, status in (
            ("grace.example", "throttled"),
            ("nobody.example", "deleted"),
            ("ada.example", "takendown"),
            ("ada.example", "deleted"),
            ("grace.example", "deactivated"),
        ):
            jetstream.control("POST", "accounts", json={"handle": handle, "status": status})
        wait_until(lambda: len(reader.came) == 6, SECONDS, "the ends of accounts")
    told = [each.content for each in reader.came if isinstance(each.content, Skipped)]
    authors = [each.post.author.id for each in reader.posts if each.post.author]
    found = [(each.gone_authors, each.deleted_from) for each in told]
    assert [each for each in found if each[1]] == [
        ((authors[0],), ("r",)),
        ((authors[1],), ("n",)),
    ]
    assert len(found) == 4, "captures may know more of the others"


def test_garbage_is_counted_and_the_rest_goes_on(jetstream: Jetstream, store: Store) -> None:
    reader = Reader(store, jetstream.host)
    with reader.reading(stream("rain")):
        jetstream.fault("garbage_line")
        sent = jetstream.publish("rain")
        wait_until(lambda: reader.ids == sent, SECONDS, "the post")
    kinds = [each.content.kind for each in reader.came if not isinstance(each.content, Arrival)]
    assert kinds == ["not_json"]
