"""A stream that is quiet by nature is left alone; one whose posts stop is named."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.collector.rate_watch import RateWatch

S = "stream"


def watched(
    rate: Callable[[int], float], seconds: int, seed: int = 1, generation: int = 1
) -> list[int]:
    """Return the seconds at which a stream that comes at `rate` is said to have stopped."""
    dice, watch, posts, said = random.Random(seed), RateWatch(), 0, []
    for second in range(seconds):
        expected = rate(second)
        posts += sum(dice.random() < expected / 100 for _ in range(100))
        if watch.look({S: generation}, {S: posts}, float(second)):
            said.append(second)
    return said


@pytest.mark.parametrize(("rate", "within"), [(50.0, 40), (12.0, 40), (2.0, 60), (0.3, 400)])
def test_posts_that_stop_are_noticed_and_forgotten_when_they_come_again(
    rate: float, within: int
) -> None:
    said = watched(lambda second: 0 if 1800 <= second < 2400 else rate, 3600)
    assert 1800 < said[0] <= 1800 + within
    assert said == list(range(said[0], said[-1] + 1))
    assert said[-1] < 2400 + within


@pytest.mark.parametrize("rate", [0.0, 0.001, 0.05, 1.0, 20.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_steady_stream_is_left_alone_however_quiet_it_is(rate: float, seed: int) -> None:
    assert watched(lambda second: rate, 3600, seed) == []


def test_a_stream_that_dies_down_over_hours_is_left_alone() -> None:
    assert watched(lambda second: 20 * 0.5 ** (second / 1800), 6 * 3600) == []


def test_a_stream_that_stays_quiet_is_the_usual_after_some_hours() -> None:
    said = watched(lambda second: 5.0 if second < 1800 else 0.05, 8 * 3600)
    assert said
    assert said[-1] < 7.5 * 3600


def test_a_new_filter_and_a_lost_connection_are_no_silence() -> None:
    watch = RateWatch()
    for second in range(300):
        assert not watch.look({S: 1}, {S: 10 * second}, float(second))
    for second in range(300, 600):
        watch.pause(float(second))
    assert not watch.look({S: 1}, {S: 2990}, 600.0)
    for second in range(601, 1200):
        assert not watch.look({S: 2}, {S: 2990}, float(second))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 10**4)), max_size=40))
def test_any_course_of_counts_is_survived(steps: list[tuple[int, float]]) -> None:
    watch, now = RateWatch(), 0.0
    for posts, seconds in steps:
        now += seconds
        watch.look({S: 1}, {S: posts}, now)
