"""A stream that is quiet by nature is left alone; one whose posts stop is named."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
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


def silences(rate: float, withheld: range, seconds: int, seed: int = 1) -> list[tuple[float, int]]:
    """Return the silences of a stream of which a time is withheld: since when, until which look."""
    dice, watch, posts = random.Random(seed), RateWatch(), 0
    found: list[tuple[float, int]] = []
    since: float | None = None
    due = dice.expovariate(rate)
    for second in range(seconds):
        while due < second:
            posts += int(due) not in withheld
            due += dice.expovariate(rate)
        watch.look({S: 1}, {S: posts}, float(second))
        before, since = since, watch.silent().get(S)
        if before is not None and since is None:
            found.append((before, second))
    return found


@given(
    st.sampled_from((0.5, 2.0, 12.0, 60.0)), st.integers(0, 200), st.integers(0, 60), st.integers(0)
)
@settings(max_examples=15, deadline=None)
def test_all_that_a_living_connection_withholds_lies_in_one_silence_that_is_hardly_longer(
    rate: float, begin: int, longer: int, seed: int
) -> None:
    least = int(max(10.0, 100 / rate) * 1.7) + 2
    withheld = range(900 + begin, 900 + begin + least + longer)
    found = silences(rate, withheld, withheld.stop + 100, seed)
    covering = [each for each in found if each[0] < withheld.start and each[1] >= withheld.stop - 1]
    assert len(covering) == 1, found
    margin = 2 + 12 / rate  # one post and the look before it
    assert covering[0][0] > withheld.start - margin
    assert covering[0][1] < withheld.stop + margin


@pytest.mark.parametrize("rate", [0.05, 1.0, 5.0])
@pytest.mark.parametrize("seed", range(2))
def test_a_steady_stream_is_never_in_doubt(rate: float, seed: int) -> None:
    assert silences(rate, range(0), 3600, seed) == []


@pytest.mark.parametrize("asleep", [5, 30, 75])
@pytest.mark.parametrize("unread", range(4))
def test_posts_that_wait_while_this_process_stands_still_are_no_silence(
    asleep: int, unread: int
) -> None:
    watch = RateWatch()
    for second in range(300):
        watch.look({S: 1}, {S: 10 * second}, float(second))
    woke = 299 + asleep
    for second in range(woke, woke + unread):  # it has not read what waits
        watch.look({S: 1}, {S: 2990}, float(second))
        assert watch.silent() == {}
    for second in range(woke + unread, woke + 60):
        watch.look({S: 1}, {S: 10 * second}, float(second))
        assert watch.silent() == {}


def test_a_silence_ends_with_the_first_posts_after_this_process_stood_still() -> None:
    watch = RateWatch()
    for second in range(330):
        watch.look({S: 1}, {S: 10 * min(second, 300)}, float(second))
    assert watch.silent()
    watch.look({S: 1}, {S: 3750}, 405.0)  # it went on collecting, and could not look
    watch.look({S: 1}, {S: 3760}, 406.0)
    assert watch.silent() == {}
