"""Minute statistics: added once, whatever is tried again."""

import pytest

from streams.filter import Filter
from streams.store import Store


@pytest.fixture
def stream_id(store: Store, account_id: int) -> str:
    return store.streams.create(account_id, "s", Filter("rain"), 0).id


def test_counts_of_a_minute_add_up(store: Store, stream_id: str) -> None:
    store.minutes.add("x", "a", {(stream_id, 10): {"neutral": 2, "positive": 1}})
    store.minutes.add("x", "b", {(stream_id, 10): {"neutral": 3}, (stream_id, 11): {"unknown": 1}})
    store.minutes.add("x", "c", {(stream_id, 11): {"not_labelled": 4, "left_out": 3}})
    assert store.minutes.totals(stream_id) == {
        "negative": 0,
        "neutral": 5,
        "positive": 1,
        "unknown": 1,
        "not_labelled": 4,
        "left_out": 3,
        "accurate": 0,
    }
    assert store.minutes.between(stream_id, 10, 10) == [
        (
            10,
            {
                "negative": 0,
                "neutral": 5,
                "positive": 1,
                "unknown": 0,
                "not_labelled": 0,
                "left_out": 0,
                "accurate": 0,
            },
        )
    ]
    assert [minute for minute, _ in store.minutes.between(stream_id, 0, 99)] == [10, 11]
    assert store.minutes.between(stream_id, 12, 99) == []


def test_the_same_counts_sent_twice_count_once(store: Store, stream_id: str) -> None:
    for _ in range(3):
        store.minutes.add("x", "a", {(stream_id, 10): {"neutral": 2}})
    assert store.minutes.totals(stream_id)["neutral"] == 2


def test_slots_do_not_share_tokens(store: Store, stream_id: str) -> None:
    store.minutes.add("x", "a", {(stream_id, 10): {"neutral": 2}})
    store.minutes.add("replay", "a", {(stream_id, 10): {"neutral": 2}})
    assert store.minutes.totals(stream_id)["neutral"] == 4


def test_counts_of_a_stream_that_is_not_there_are_dropped(store: Store, stream_id: str) -> None:
    store.minutes.add("x", "a", {("gone", 10): {"neutral": 2}, (stream_id, 10): {"neutral": 1}})
    assert store.minutes.totals("gone")["neutral"] == 0
    assert store.minutes.totals(stream_id)["neutral"] == 1


def test_a_stream_without_posts_has_totals_of_nothing(store: Store, stream_id: str) -> None:
    assert set(store.minutes.totals(stream_id).values()) == {0}


def test_days_are_of_utc_and_cover_a_streams_whole_life(store: Store, stream_id: str) -> None:
    counts = {(stream_id, minute): {"neutral": 1} for minute in (0, 1439, 1440, 5 * 1440 + 7)}
    store.minutes.add("x", "a", counts)
    days = store.minutes.days(stream_id)
    assert [(day, labels["neutral"]) for day, labels in days] == [(0, 2), (1, 1), (5, 1)]


def test_posts_of_free_sources_are_not_among_what_was_paid_for(
    store: Store, account_id: int
) -> None:
    plain = store.streams.create(account_id, "plain", Filter("rain"), 0)
    both = store.streams.create(
        account_id, "both", Filter("rain"), 0, further_sources=["bluesky", "mastodon"]
    )
    assert store.streams.get(both.id) == both
    assert both.sources == ("x", "bluesky", "mastodon")
    counts = {(plain.id, 0): {"neutral": 3}, (both.id, 0): {"positive": 7}}
    store.minutes.add("x", "token", counts)
    store.minutes.add_free({(both.id, 0): 2, (both.id, 1): 1})
    store.minutes.add_free({(both.id, 0): 1})
    assert (store.minutes.free(both.id), store.minutes.free(plain.id)) == (4, 0)
    assert store.quotas.spent(0)[account_id].posts_day == 6
