"""Frames: numbered in order, kept in the ring, counted and published, each batch once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import redis

from streams import names
from streams.live import history, minutes
from streams.live.relay import Frame, Relay, split
from tests.rig.waiting import wait_until
from tests.streams.live.batches import batch, texts

A, B = "a" * 16, "b" * 16
NOW = 1_800_000_000


class Listener:
    """Hears what is published."""

    def __init__(self, client: redis.Redis) -> None:
        self.pubsub = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self.pubsub.subscribe(names.CHANNEL_FRAMES)
        wait_until(lambda: client.pubsub_numsub(names.CHANNEL_FRAMES)[0][1], 5, "a listener")

    def hear(self) -> list[Frame]:
        """Return the frames of the next message."""
        found = wait_until(lambda: self.pubsub.get_message(timeout=1), 5, "a message")
        return list(split(found["data"]))


@pytest.fixture
def listener(client: redis.Redis) -> Iterator[Listener]:
    listening = Listener(client)
    yield listening
    listening.pubsub.close()


def test_a_batch_is_one_message_with_a_frame_for_each_stream(
    client: redis.Redis, listener: Listener
) -> None:
    assert Relay(client, 500).push(batch(1, (A,), (A, B), (B,)), NOW)
    frames = {frame.stream_id: frame for frame in listener.hear()}
    assert texts(frames[A].posts) == ["1.0", "1.1"]
    assert texts(frames[B].posts) == ["1.1", "1.2"]
    assert [(frame.seq, frame.count) for frame in frames.values()] == [(2, 2), (2, 2)]


def test_numbers_go_on_from_batch_to_batch(client: redis.Redis, listener: Listener) -> None:
    writer = Relay(client, 500)
    writer.push(batch(1, (A,), (A,)), NOW)
    writer.push(batch(2, (A,)), NOW)
    assert [frame.seq for _ in range(2) for frame in listener.hear()] == [2, 3]


def test_a_batch_relayed_twice_counts_and_sounds_once(
    client: redis.Redis, listener: Listener
) -> None:
    writer = Relay(client, 500)
    assert writer.push(batch(1, (A,)), NOW)
    assert not Relay(client, 500).push(batch(1, (A,)), NOW + 60)
    assert writer.push(batch(2, (A,)), NOW)
    assert [texts(listener.hear()[0].posts) for _ in range(2)] == [["1.0"], ["2.0"]]
    assert history.totals(client, A)["posts"] == 2


def test_the_same_number_under_a_later_fence_is_another_batch(client: redis.Redis) -> None:
    writer = Relay(client, 500)
    assert writer.push(batch(1, (A,), fence=1), NOW)
    assert writer.push(batch(1, (A,), fence=2), NOW)


def test_an_empty_batch_is_done_without_a_message(client: redis.Redis, listener: Listener) -> None:
    writer = Relay(client, 500)
    assert writer.push(batch(1), NOW)
    assert writer.push(batch(2, ()), NOW)
    writer.push(batch(3, (A,)), NOW)
    assert texts(listener.hear()[0].posts) == ["3.0"]
    assert client.lrange(names.done_key("x", 1), 0, -1) == [b"1", b"2", b"3"]


def test_the_ring_keeps_the_newest_posts_only(client: redis.Redis) -> None:
    writer = Relay(client, 3)
    for number in range(5):
        writer.push(batch(number, (A,), (A,)), NOW)
    assert texts(history.recent(client, A, None, 100).posts) == ["3.1", "4.0", "4.1"]
    assert client.llen(names.ring_key(A)) == 3


def test_a_ring_of_no_size_keeps_nothing(client: redis.Redis) -> None:
    Relay(client, 0).push(batch(1, (A,)), NOW)
    assert client.llen(names.ring_key(A)) == 0
    assert history.totals(client, A)["posts"] == 1


def test_a_batch_of_the_largest_size_passes(client: redis.Redis) -> None:
    assert Relay(client, 500).push(batch(1, *([(A,)] * 4096)), NOW)
    assert history.totals(client, A)["neutral"] == 4096


def test_two_writers_at_once_give_each_post_a_number_of_its_own(
    client: redis.Redis, listener: Listener
) -> None:
    barrier = Barrier(2)

    def push(fence: int) -> None:
        writer = Relay(client, 10_000)
        barrier.wait()
        for number in range(50):
            writer.push(batch(number, (A, B), (A,), fence=fence), NOW)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(push, (1, 2)))
    heard = [frame for _ in range(100) for frame in listener.hear()]
    published = [text for frame in heard if frame.stream_id == A for text in texts(frame.posts)]
    assert [frame.seq for frame in heard if frame.stream_id == A] == list(range(2, 201, 2))
    assert [frame.seq for frame in heard if frame.stream_id == B] == list(range(1, 101))
    assert texts(history.recent(client, A, None, 10_000).posts) == published


def test_counts_are_kept_by_label_second_and_minute(client: redis.Redis) -> None:
    writer = Relay(client, 500)
    writer.push(batch(1, (A,), (A,), label="positive"), NOW)
    unlabelled = batch(2, (A,), (A,), label="unknown")
    unlabelled.posts[0].model = "accurate.1.0a"
    writer.push(unlabelled, NOW + 1)
    assert history.totals(client, A) == {
        "posts": 4,
        "negative": 0,
        "neutral": 0,
        "positive": 2,
        "unknown": 1,
        "not_labelled": 1,
        "left_out": 0,
        "accurate": 1,
    }
    assert [each.accurate for each in history.series(client, A, NOW + 1, 60)] == [0, 1]
    minute = NOW // 60
    assert client.hgetall(names.minutes_key("x")) == {
        f"{A}|{minute}|positive".encode(): b"2",
        f"{A}|{minute}|unknown".encode(): b"1",
        f"{A}|{minute}|not_labelled".encode(): b"1",
        f"{A}|{minute}|accurate".encode(): b"1",
        b"@x:1:1": b"1",
        b"@x:1:2": b"1",
    }


def test_posts_that_no_dashboard_gets_are_in_every_total_once_and_viewers_hear_of_them(
    client: redis.Redis, listener: Listener
) -> None:
    relay = Relay(client, 500)
    relay.push(batch(1, (A,), (A,)), NOW)
    epoch = listener.hear()[0].epoch
    left_out = {"x:1:1": {A: 2}, "x:1:7": {A: 20, B: 2}, "x:1:8": {A: 10}}  # the first was relayed
    for _ in range(2):  # the same again, as after a time-out
        relay.count_left_out("x", left_out, NOW)
    assert not relay.push(batch(7, (A,)), NOW)
    frames = {frame.stream_id: frame for frame in listener.hear()}
    assert frames[A] == Frame(A, epoch, 2, 30, b"[]")
    assert frames[B] == Frame(B, history.recent(client, B, None, 1).epoch, 0, 2, b"[]")
    assert history.totals(client, A) == {
        "posts": 32,
        "negative": 0,
        "neutral": 2,
        "positive": 0,
        "unknown": 0,
        "not_labelled": 30,
        "left_out": 30,
        "accurate": 0,
    }
    assert history.recent(client, A, 0, 10).missed == 0
    (second,) = history.series(client, A, NOW, 60)
    assert (second.neutral, second.not_labelled, second.left_out) == (2, 30, 30)
    pending = minutes.take(client, "x")
    assert pending is not None
    assert pending.counts[A, NOW // 60] == {"neutral": 2, "not_labelled": 30, "left_out": 30}
    assert pending.counts[B, NOW // 60] == {"not_labelled": 2, "left_out": 2}
    assert pending.sources == {"x:1:1", "x:1:7", "x:1:8"}
