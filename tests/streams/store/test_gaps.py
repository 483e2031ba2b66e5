"""Gaps: one open at a time, closed once, never backwards."""

import pytest

from streams.filter import Filter
from streams.store import Store
from streams.store.gaps import Gap


@pytest.fixture
def stream_id(store: Store, account_id: int) -> str:
    return store.streams.create(account_id, "s", Filter("rain"), 0).id


def test_a_gap_opens_once_and_closes_once(store: Store, stream_id: str) -> None:
    store.gaps.open(stream_id, 100, "disconnected")
    store.gaps.open(stream_id, 200, "refused")
    assert store.gaps.of(stream_id) == [Gap(100, None, "disconnected")]
    assert store.gaps.open_of([stream_id, "other"]) == {stream_id: Gap(100, None, "disconnected")}
    store.gaps.close(stream_id, 300)
    store.gaps.close(stream_id, 400)
    assert store.gaps.of(stream_id) == [Gap(100, 300, "disconnected")]
    assert store.gaps.open_of([stream_id]) == {}


def test_a_gap_never_ends_before_it_began(store: Store, stream_id: str) -> None:
    store.gaps.open(stream_id, 100, "clock")
    store.gaps.close(stream_id, 50)
    assert store.gaps.of(stream_id) == [Gap(100, 100, "clock")]


def test_gaps_are_listed_oldest_first_from_a_moment_on(store: Store, stream_id: str) -> None:
    for start, end in ((300, 400), (100, 200)):
        store.gaps.open(stream_id, start, "r")
        store.gaps.close(stream_id, end)
    store.gaps.open(stream_id, 500, "r")
    assert [gap.started_at for gap in store.gaps.of(stream_id)] == [100, 300, 500]
    assert [gap.started_at for gap in store.gaps.of(stream_id, since=250)] == [300, 500]


def test_closing_what_never_opened_does_nothing(store: Store, stream_id: str) -> None:
    store.gaps.close(stream_id, 5)
    assert store.gaps.of(stream_id) == []
