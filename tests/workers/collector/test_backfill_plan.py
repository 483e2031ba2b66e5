"""From a gap to what is searched for, and from what was searched to what is said of it."""

import pytest

from streams.filter import Filter
from streams.plan import Plan
from streams.price import BackfillEstimate, estimate_backfill
from streams.store.edits import Edit
from streams.store.gaps import UnfilledGap
from streams.stream import Stream, Wanted
from workers.collector.backfill_plan import (
    FillProgress,
    filter_at,
    outcome_of,
    page_size,
    progress_of,
    run_around,
    window_of,
)
from workers.sources.gap_search import SearchWindow

DAY = 86_400_000
NOW = 20 * DAY
REACH = 7 * DAY


def gap(started_at: int, ended_at: int, progress: str | None = None) -> UnfilledGap:
    return UnfilledGap(1, "s", started_at, ended_at, 0, progress)


@pytest.mark.parametrize(
    ("words", "started_at", "ended_at", "margin", "expected"),
    [
        ("a minute, an hour ago", -3_660_000, -3_600_000, 10_000, (-3_670_000, -3_590_000, False)),
        ("no margin without a capture", -9_000, -5_000, 0, (-9_000, -5_000, False)),
        ("a margin ends now", -9_000, -5_000, 10_000, (-19_000, 0, False)),
        ("partly past the reach", -8 * DAY, -6 * DAY, 10_000, (-7 * DAY, -6 * DAY + 10_000, True)),
        ("a margin past the reach", -REACH, -DAY, 10_000, (-REACH, -DAY + 10_000, False)),
        ("all past the reach", -9 * DAY, -8 * DAY, 10_000, None),
        ("its end just past the reach", -9 * DAY, -REACH, 10_000, None),
        ("of no length", -60_000, -60_000, 10_000, (-70_000, -50_000, False)),
    ],
)
def test_a_gap_becomes_a_window_that_the_search_reaches(
    words: str, started_at: int, ended_at: int, margin: int, expected: tuple[int, int, bool] | None
) -> None:
    ever = SearchWindow(0, NOW + DAY)
    found = window_of(gap(NOW + started_at, NOW + ended_at), ever, NOW, REACH, margin)
    if expected is None:
        assert found is None, words
    else:
        since, until, is_clipped = expected
        assert found == (SearchWindow(NOW + since, NOW + until), is_clipped), words


@pytest.mark.parametrize(
    ("plan", "edits", "expected"),
    [
        (Plan(), [(100_000, "running")], (100_000, 120_000)),
        (Plan(), [(50_000, "running")], (95_000, 120_000)),
        (Plan(), [(10, "running"), (90_000, "stopped"), (104_000, "running")], (104_000, 120_000)),
        (Plan(), [(10, "running"), (112_000, "stopped")], (95_000, 112_000)),
        (Plan(), [(10, "running"), (112_000, "archived"), (115_000, "running")], (95_000, 112_000)),
        (Plan(starts_at=103_000, ends_at=111_000), [(10, "running")], (103_000, 111_000)),
        (Plan(starts_at=200_000), [(10, "running")], (95_000, 120_000)),
        (Plan(), [], (95_000, 120_000)),
    ],
)
def test_a_search_asks_for_nothing_of_the_time_in_which_a_stream_was_not_to_run(
    plan: Plan, edits: list[tuple[int, str]], expected: tuple[int, int]
) -> None:
    stream = Stream("s", 1, "s", "x", Filter("hail"), Wanted.RUNNING, 3, False, 0, 0, plan)
    made = [Edit(at, 1, 1, {"wanted": "-"}, {"wanted": state}) for at, state in edits]
    some = gap(105_000, 110_000)
    run = run_around(stream, made, some)
    assert window_of(some, run, NOW, NOW, 10_000) == (SearchWindow(*expected), False)


NATURE = ("reposts", "deleted_since")


@pytest.mark.parametrize(
    ("pages", "stopped_by", "is_clipped", "state", "missing"),
    [
        (1, None, False, "filled", NATURE),
        (3, None, True, "partly", ("too_old", *NATURE)),
        (3, "budget_spent", False, "partly", ("budget_spent", *NATURE)),
        (2, "credits_depleted", True, "partly", ("too_old", "credits_depleted", *NATURE)),
        (0, "budget_spent", False, "unfillable", ("budget_spent",)),
        (0, "no_query", False, "unfillable", ("no_query",)),
        (0, "forbidden", True, "unfillable", ("forbidden",)),
        (0, "too_old", False, "unfillable", ("too_old",)),
    ],
)
def test_a_gap_is_filled_only_when_every_search_came_to_its_end(
    pages: int, stopped_by: str | None, is_clipped: bool, state: str, missing: tuple[str, ...]
) -> None:
    assert outcome_of(pages, stopped_by, is_clipped, NATURE) == (state, missing)


@pytest.mark.parametrize(
    ("room", "size"),
    [(None, 100), (1_000, 100), (100, 100), (99, 99), (10, 10), (9, 0), (0, 0)],
)
def test_a_page_fits_the_budget_or_is_not_asked_for(room: int | None, size: int) -> None:
    assert page_size(room, 10, 100) == size


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (0.0, BackfillEstimate(0, 0.0)),
        (0.5, BackfillEstimate(1_800, 9.0)),
        (10.0, BackfillEstimate(36_000, 180.0)),
        (9_999.0, BackfillEstimate(900_000, 4_500.0)),  # X delivers 250 a second at most
    ],
)
def test_an_hour_of_gap_is_estimated_from_the_present_rate(
    rate: float, expected: BackfillEstimate
) -> None:
    assert estimate_backfill(rate, 0.005, 3_600_000) == expected
    assert estimate_backfill(rate, 0.005, 0) == BackfillEstimate(0, 0.0)


def edit(at: int, before: str, after: str) -> Edit:
    return Edit(at, 1, 1, {"filter": {"word": before}}, {"filter": {"word": after}})


@pytest.mark.parametrize(
    ("at", "word"), [(50, "rain"), (100, "snow"), (150, "snow"), (250, "hail")]
)
def test_a_gap_is_searched_with_the_filter_of_its_time(at: int, word: str) -> None:
    stream = Stream("s", 1, "s", "x", Filter("hail"), Wanted.RUNNING, 3, False, 0, 0)
    other = Edit(300, 1, 3, {"name": "a"}, {"name": "b"})
    made = Edit(10, 1, 1, {"filter": None}, {"filter": {"word": "rain"}})
    edits = [made, edit(100, "rain", "snow"), edit(200, "snow", "hail"), other]
    assert filter_at(stream, edits, at).word == word


def test_progress_that_cannot_be_read_begins_anew() -> None:
    kept = '{"query":1,"before_id":"9","pages":4,"pending":["8"]}'
    assert progress_of(gap(0, 1, kept)) == FillProgress(1, "9", 4, ("8",))
    assert progress_of(gap(0, 1, '{"query":"x"}')) == FillProgress()
    assert progress_of(gap(0, 1)) == FillProgress()
