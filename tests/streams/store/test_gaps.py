"""Gaps: one open at a time, closed once, never backwards."""

import pytest
from sqlalchemy.exc import IntegrityError

from streams.filter import Filter
from streams.gap_event import GapEvent
from streams.store import Store
from streams.store.doubts import Doubt
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


def test_gaps_that_are_over_wait_to_be_filled_the_one_that_was_begun_first(
    store: Store, stream_id: str
) -> None:
    for start, end in ((100, 200), (300, 400), (500, 600), (700, 800)):
        store.gaps.add(stream_id, start, end, "disconnected")
    store.gaps.open(stream_id, 900, "disconnected")
    second, fourth = store.gaps.unfilled([stream_id], 1_000)[1::2]
    assert [gap.started_at for gap in store.gaps.unfilled([stream_id], 600)] == [100, 300, 500]
    assert store.gaps.unfilled(["other"], 1_000) == []
    store.gaps.record_filling(second.id, "filling", 1, posts=5, progress='{"pages":1}')
    store.gaps.record_filling(fourth.id, "filled", 1, posts=9, missing=["reposts"])
    left = store.gaps.unfilled([stream_id], 1_000)
    assert [(gap.started_at, gap.posts, gap.progress) for gap in left] == [
        (300, 5, '{"pages":1}'),
        (100, 0, None),
        (500, 0, None),
    ]
    assert store.gaps.of(stream_id)[3] == Gap(700, 800, "disconnected", "filled", ("reposts",), 9)


def test_gaps_of_several_sources_are_open_beside_each_other(store: Store, stream_id: str) -> None:
    store.gaps.open(stream_id, 200, "disconnected", "mastodon")
    store.gaps.open(stream_id, 100, "disconnected", "x")
    store.gaps.open(stream_id, 300, "refused", "x")
    on_x = Gap(100, None, "disconnected", source="x")
    assert store.gaps.open_of([stream_id]) == {stream_id: on_x}
    store.gaps.close(stream_id, 400, "mastodon")
    assert store.gaps.unfilled([stream_id], 1_000) == []  # that platform has no search
    assert store.gaps.all_open([stream_id]) == [(stream_id, on_x)]
    store.gaps.close(stream_id, 500)
    assert store.gaps.all_open([stream_id]) == []
    assert [each.source for each in store.gaps.unfilled([stream_id], 1_000)] == ["x"]


def test_events_of_gaps_and_doubts_are_recorded_in_their_order(
    store: Store, stream_id: str
) -> None:
    store.gaps.record(
        [
            GapEvent(stream_id, 100, "disconnected"),
            GapEvent(stream_id, 110, "refused"),
            GapEvent(stream_id, 150),
            GapEvent(stream_id, 200, "almost nothing", doubt=True),
            GapEvent(stream_id, 250, "disconnected"),
            GapEvent(stream_id, 260, doubt=True),
        ]
    )
    assert store.gaps.of(stream_id) == [
        Gap(100, 150, "disconnected"),
        Gap(250, None, "disconnected"),
    ]
    assert store.doubts.of(stream_id) == [Doubt(200, 260)]


def test_events_are_recorded_all_or_none(store: Store, stream_id: str) -> None:
    events = [GapEvent(stream_id, 100, "disconnected"), GapEvent("no such stream", 100, "refused")]
    with pytest.raises(IntegrityError):
        store.gaps.record(events)
    assert store.gaps.of(stream_id) == []
