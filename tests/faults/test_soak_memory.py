"""Which parts of a soak are said to grow."""

from collections.abc import Callable

import pytest

from tests.faults.soak import MemorySample, growing

LEFT_ALONE: dict[str, Callable[[int], tuple[int, float]]] = {
    "flat": lambda minute: (1, 100.0 + minute % 2),
    "fills what it remembers, then stands": lambda minute: (1, 100.0 + min(minute, 10) * 5),
    "grows, but is started anew every five minutes": lambda minute: (minute // 5, minute % 5 * 9.0),
}


@pytest.mark.parametrize("history", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_a_part_that_stands_in_the_second_half_of_its_life_is_not_blamed(
    history: Callable[[int], tuple[int, float]],
) -> None:
    assert growing(_samples(history)) == []


def test_a_part_that_grows_to_the_end_is_named_with_its_slope() -> None:
    assert growing(_samples(lambda minute: (1, 100.0 + 2 * minute))) == [
        "collector grew by 2.00 MB a minute"
    ]


def test_growth_in_one_life_is_not_hidden_by_the_start_of_the_next() -> None:
    found = growing(_samples(lambda minute: (minute // 15, 100.0 + minute % 15 * 3)))
    assert found == ["collector grew by 3.00 MB a minute"]


def _samples(history: Callable[[int], tuple[int, float]]) -> list[MemorySample]:
    found = []
    for minute in range(30):
        leader, used = history(minute)
        found.append(MemorySample(minute, {"collector": used}, {"collector": leader}))
    return found
