"""Which parts of a soak are said to grow."""

from collections.abc import Callable

import pytest

from tests.faults.soak import YARDSTICK, MemorySample, growing

LEFT_ALONE: dict[str, Callable[[int], float]] = {
    "flat": lambda minute: 100.0 + minute % 2,
    "fills what it remembers, then stands": lambda minute: 100.0 + min(minute, 10) * 5,
    "rises in each of its lives": lambda minute: 100.0 + minute % 7 * 9,
    "rose once, within a life": lambda minute: 130.0 if 12 <= minute < 20 else 100.0,
}


@pytest.mark.parametrize("history", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_a_part_that_needs_no_more_the_longer_a_soak_lasts_is_not_blamed(
    history: Callable[[int], float],
) -> None:
    assert growing(_samples(history)) == []


def test_a_part_that_grows_to_the_end_is_named_with_its_slope() -> None:
    assert growing(_samples(lambda minute: 100.0 + 2 * minute)) == [
        "collector grew by 2.20 MB a minute"
    ]


def test_growth_is_not_hidden_by_starts_of_a_part_that_inherits_what_grows() -> None:
    assert growing(_samples(lambda minute: 100.0 + minute * 2 - minute % 5))


def test_the_yardstick_may_remember_every_post() -> None:
    assert growing(_samples(lambda minute: 100.0 + 2 * minute, YARDSTICK)) == []


def test_a_soak_that_is_too_short_to_tell_judges_nothing() -> None:
    assert growing(_samples(lambda minute: 100.0 + 2 * minute)[:15]) == []


def _samples(history: Callable[[int], float], part: str = "collector") -> list[MemorySample]:
    return [MemorySample(minute, {part: history(minute)}) for minute in range(31)]
