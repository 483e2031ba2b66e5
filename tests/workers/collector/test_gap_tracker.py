"""Every interval in which a wanted stream was not listened to is written down, and no other."""

from pathlib import Path

import pytest

from streams.filter import Filter
from streams.live.report import Fault, SlotReport, StreamReport
from streams.store import Store
from streams.store.migrate import migrate
from workers.collector.gap_tracker import GapTracker
from workers.sources.source import Followed, Link

UP = Link("connected", last_line_at=900)
DOWN = Link("backing_off", last_line_at=2_500, fault=Fault("disconnected", "The line broke."))


class Nowhere:
    """No stream is captured."""

    def open_gap(self, stream_id: str, at: int, reason: str) -> None:
        pass

    def close_gap(self, stream_id: str, at: int) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(f"sqlite:///{tmp_path}/weir.db")
    migrate(store.engine)
    return store


@pytest.fixture
def stream_id(store: Store) -> str:
    account = store.accounts.sign_in("1", "ada", "Ada", None, b"", 0)
    return store.streams.create(account.id, "rain", Filter(word="rain"), 0).id


def gaps_of(store: Store, stream_id: str) -> list[tuple[int, int | None, str]]:
    return [(gap.started_at, gap.ended_at, gap.reason) for gap in store.gaps.of(stream_id)]


def test_a_lost_connection_is_a_gap_from_the_last_line_to_the_next_connection(
    store: Store, stream_id: str
) -> None:
    ledger = GapTracker(store.gaps, None, Nowhere())
    followed = {stream_id: Followed(1)}
    ledger.note(1_000, UP, followed)
    ledger.note(3_000, DOWN, followed)
    ledger.note(4_000, DOWN, followed)
    assert gaps_of(store, stream_id) == [(2_500, None, "disconnected")]
    ledger.note(5_000, UP, followed)
    assert gaps_of(store, stream_id) == [(2_500, 5_000, "disconnected")]


def test_a_stream_that_only_just_starts_has_no_gap(store: Store, stream_id: str) -> None:
    ledger = GapTracker(store.gaps, None, Nowhere())
    ledger.note(1_000, Link("connecting"), {stream_id: Followed(1)})
    ledger.note(2_000, UP, {stream_id: Followed(1)})
    assert gaps_of(store, stream_id) == []


def test_stopping_a_stream_ends_its_gap(store: Store, stream_id: str) -> None:
    ledger = GapTracker(store.gaps, None, Nowhere())
    ledger.note(1_000, UP, {stream_id: Followed(1)})
    ledger.note(3_000, DOWN, {stream_id: Followed(1)})
    ledger.note(4_000, DOWN, {})
    assert gaps_of(store, stream_id) == [(2_500, 4_000, "disconnected")]


def test_a_dead_collector_leaves_a_gap_that_its_successor_writes_down(
    store: Store, stream_id: str
) -> None:
    before = SlotReport(
        "x", "collector@gone", 1, 7_000, "connected", {stream_id: StreamReport(generation=1)}
    )
    ledger = GapTracker(store.gaps, before, Nowhere())
    ledger.note(17_000, Link("connecting"), {stream_id: Followed(1)})
    ledger.note(18_000, UP, {stream_id: Followed(1)})
    assert gaps_of(store, stream_id) == [(7_000, 18_000, "collector_restarted")]


def test_a_gap_that_another_machine_left_ends_when_this_one_listens(
    store: Store, stream_id: str
) -> None:
    store.gaps.open(stream_id, 500, "machine_away")
    ledger = GapTracker(store.gaps, None, Nowhere())
    ledger.note(1_000, UP, {})
    ledger.note(2_000, UP, {stream_id: Followed(1)})
    assert gaps_of(store, stream_id) == [(500, 2_000, "machine_away")]


def test_a_stream_that_was_let_go_of_has_a_gap_from_then_until_it_is_known_again(
    store: Store, stream_id: str
) -> None:
    ledger = GapTracker(store.gaps, None, Nowhere())
    ledger.note(1_000, UP, {stream_id: Followed(1)})
    ledger.note(9_000, UP, {stream_id: Followed(1, lost_at=5_000)})
    ledger.note(10_000, UP, {stream_id: Followed(1)})
    assert gaps_of(store, stream_id) == [(5_000, 10_000, "cut_off")]


def test_two_interruptions_are_two_gaps(store: Store, stream_id: str) -> None:
    ledger = GapTracker(store.gaps, None, Nowhere())
    for start in (1_000, 11_000):
        ledger.note(start, UP, {stream_id: Followed(1)})
        ledger.note(start + 2_000, DOWN, {stream_id: Followed(1)})
        ledger.note(start + 3_000, UP, {stream_id: Followed(1)})
    assert len(gaps_of(store, stream_id)) == 2
