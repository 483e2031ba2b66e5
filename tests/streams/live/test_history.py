"""What a viewer who comes, or comes back, is given."""

import pytest
import redis

from streams.live import history
from streams.live.history import SecondCounts
from streams.live.relay import Relay
from tests.streams.live.batches import batch, texts

A = "a" * 16
NOW = 1_800_000_000


@pytest.fixture
def ten_posts(client: redis.Redis) -> None:
    """Ten posts, of which the ring keeps six: numbers 5 to 10."""
    writer = Relay(client, 6)
    for number in range(1, 11):
        writer.push(batch(number, (A,)), NOW + number)


@pytest.mark.usefixtures("ten_posts")
@pytest.mark.parametrize(
    ("since", "limit", "first", "missed"),
    [
        (None, 100, 5, 0),
        (None, 2, 9, 0),
        (10, 100, None, 0),
        (7, 100, 8, 0),
        (4, 100, 5, 0),
        (3, 100, 5, 1),
        (0, 100, 5, 4),
        (0, 2, 9, 8),
        (99, 100, 5, 0),
        (0, 0, None, 10),
        (None, 0, None, 0),
    ],
)
def test_posts_since_a_number_come_with_how_many_were_missed(
    client: redis.Redis, since: int | None, limit: int, first: int | None, missed: int
) -> None:
    recent = history.recent(client, A, since, limit, history.recent(client, A, None, 0).epoch)
    expected = [f"{number}.0" for number in range(first, 11)] if first else []
    assert (texts(recent.posts), recent.missed, recent.seq) == (expected, missed, 10)
    assert recent.continues == (since != 99)


@pytest.mark.usefixtures("ten_posts")
def test_a_number_proves_nothing_without_its_epoch_or_after_redis_lost_its_numbers(
    client: redis.Redis,
) -> None:
    before = history.recent(client, A, None, 100).epoch
    without = history.recent(client, A, 7, 100)
    assert (texts(without.posts), without.missed, without.continues) == (
        ["8.0", "9.0", "10.0"], 0, False
    )  # fmt: skip
    client.flushdb()
    assert not history.recent(client, A, 3, 100, before).continues
    writer = Relay(client, 6)
    for number in range(20, 25):
        writer.push(batch(number, (A,)), NOW)
    history.seed(client, A, {"neutral": 10})
    after = history.recent(client, A, 3, 100, before)
    assert (len(texts(after.posts)), after.missed, after.continues) == (5, 0, False)
    assert after.epoch not in ("", before)
    assert history.recent(client, A, 3, 100, after.epoch).continues


def test_an_unknown_stream_has_no_history(client: redis.Redis) -> None:
    assert history.recent(client, "none", None, 10) == history.RecentPosts(0, b"[]", 0)
    assert history.recent(client, "none", 0, 10, "") == history.RecentPosts(0, b"[]", 0)
    nothing = history.recent(client, "none", 5, 10)
    assert nothing == history.RecentPosts(0, b"[]", 0, continues=False)
    assert set(history.totals(client, "none").values()) == {0}
    assert history.series(client, "none", NOW, 60) == []


@pytest.mark.usefixtures("ten_posts")
def test_the_series_holds_the_seconds_asked_for(client: redis.Redis) -> None:
    assert history.series(client, A, NOW + 10, 3) == [
        SecondCounts(NOW + second, neutral=1) for second in (8, 9, 10)
    ]
    assert len(history.series(client, A, NOW + 10, 10**9)) == 10
    assert history.series(client, A, NOW, 60) == []


def test_the_series_runs_over_the_edge_of_a_minute(client: redis.Redis) -> None:
    writer = Relay(client, 6)
    edge = NOW - NOW % 60
    writer.push(batch(1, (A,), label="negative"), edge - 1)
    writer.push(batch(2, (A,), label="positive"), edge)
    assert history.series(client, A, edge, 2) == [
        SecondCounts(edge - 1, negative=1), SecondCounts(edge, positive=1)
    ]  # fmt: skip


def test_totals_that_redis_forgot_come_back_from_sql_once(client: redis.Redis) -> None:
    Relay(client, 6).push(batch(1, (A,)), NOW)
    assert history.unseeded(client, [A, "other"]) == [A, "other"]
    remembered = {"neutral": 40, "positive": 2, "not_labelled": 5, "left_out": 3}
    until_then = history.totals(client, A, lambda: remembered)
    for _ in range(2):
        history.seed(client, A, remembered)
    assert history.totals(client, A) == {
        "posts": 48,
        "negative": 0,
        "neutral": 41,
        "positive": 2,
        "unknown": 0,
        "not_labelled": 5,
        "left_out": 3,
        "accurate": 0,
    }
    assert history.totals(client, A, lambda: remembered) == until_then
    assert until_then == history.totals(client, A)
    assert history.unseeded(client, [A, "other"]) == ["other"]


@pytest.mark.usefixtures("ten_posts")
def test_a_forgotten_stream_leaves_neither_posts_nor_totals(client: redis.Redis) -> None:
    history.forget(client, A)
    assert history.recent(client, A, None, 10).posts == b"[]"
    assert history.totals(client, A)["posts"] == 0
