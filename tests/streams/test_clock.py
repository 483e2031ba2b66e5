"""The clock of a process: steady when the machine's steps, right when another proves it wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.clock import TOLERANCE_MS, Clock

HOUR = 3_600_000
NOON = 1_790_000_000_000
steps = st.sampled_from((-HOUR, -TOLERANCE_MS - 500, -900, 0, 900, TOLERANCE_MS + 500, HOUR))


class Machine:
    """A machine whose wall clock can be set, in a world with a right time."""

    def __init__(self, ahead: int = 0) -> None:
        self.right = NOON
        self.ahead = ahead
        self.clock = Clock(lambda: self.right + self.ahead, lambda: self.right - NOON + 77)

    def learn(self) -> None:
        self.clock.learn(self.right, "Redis")

    @property
    def error(self) -> int:
        return self.clock.now_ms() - self.right


@pytest.mark.parametrize(
    ("ahead", "error"),
    [(0, 0), (900, 900), (-1999, -1999), (2001, 0), (-2001, 0), (HOUR, 0), (-HOUR, 0)],
)
def test_a_clock_is_corrected_beyond_the_tolerance(ahead: int, error: int) -> None:
    machine = Machine(ahead)
    assert machine.error == ahead  # nobody has said yet that it is wrong
    machine.learn()
    assert machine.error == error
    assert bool(machine.clock.warning) == (error != ahead)


@given(st.lists(st.tuples(steps, st.integers(0, 5_000), st.booleans()), max_size=30))
def test_whatever_steps_are_made_time_stays_within_the_tolerance(
    history: list[tuple[int, int, bool]],
) -> None:
    machine = Machine()
    machine.learn()
    for ahead, passing, learns in history:
        machine.ahead = ahead
        assert abs(machine.error) <= TOLERANCE_MS
        machine.right += passing
        if learns:
            machine.learn()
        assert abs(machine.error) <= TOLERANCE_MS


def test_a_step_between_two_lessons_is_not_followed_and_a_mended_clock_is() -> None:
    machine = Machine()
    machine.learn()
    machine.ahead = HOUR
    assert (machine.error, machine.clock.ahead_ms) == (0, HOUR)
    machine.right += 60_000
    assert machine.error == 0
    machine.ahead = 0
    machine.learn()
    machine.ahead = 40  # as NTP nudges it
    assert (machine.error, machine.clock.ahead_ms, machine.clock.warning) == (40, 0, "")


def test_a_clock_that_nobody_corrects_is_the_machine_s() -> None:
    machine = Machine()
    machine.ahead = -HOUR
    assert (machine.error, machine.clock.ahead_ms, machine.clock.warning) == (-HOUR, 0, "")


def test_a_time_that_was_learnt_wrong_is_given_up() -> None:
    machine = Machine()
    machine.clock.learn(machine.right - HOUR, "Redis")
    assert machine.error == -HOUR
    machine.learn()
    assert machine.error == 0


def test_operators_read_which_clock_is_wrong_and_by_how_much() -> None:
    machine = Machine(-HOUR)
    machine.learn()
    assert "this machine is 3,600 s behind that of Redis" in machine.clock.warning


def test_a_platform_with_another_time_is_named_and_not_followed() -> None:
    machine = Machine()
    machine.learn()
    date = "Mon, 21 Sep 2026 14:13:20 GMT"
    machine.clock.compare(date, "X")
    assert machine.clock.warning == ""
    machine.right += HOUR
    machine.clock.compare(date, "X")
    assert "The clock of Redis is 3,600 s ahead of that of X" in machine.clock.warning
    assert machine.error == 0
    machine.clock.learn(machine.right - HOUR, "Redis")  # Redis's clock was set
    assert "that of X" not in machine.clock.warning


def test_an_agent_goes_by_the_date_of_a_response() -> None:
    machine = Machine(HOUR)
    machine.clock.learn_date("Mon, 21 Sep 2026 14:13:20 GMT", "X")
    assert abs(machine.error) <= 1_000
    assert machine.clock.teacher == "X"


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Sep 2026 14:13:20 GMT", "\0"])
def test_what_is_no_date_is_ignored(date: str | None) -> None:
    machine = Machine(HOUR)
    machine.clock.learn_date(date, "X")
    machine.clock.compare(date, "X")
    assert (machine.error, machine.clock.warning) == (HOUR, "")
