"""Reconnects follow X's rules, and what waiting does not cure is named."""

from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from workers.sources.x.connect_log import ConnectLog
from workers.sources.x.pacing import (
    HTTP_MOST,
    NETWORK_MOST,
    WINDOW,
    AttemptOutcome,
    ConnectsElsewhere,
    Pacing,
)


def waits(pacing: Pacing, outcome: AttemptOutcome, times: int) -> list[float]:
    return [pacing.after(outcome).seconds for _ in range(times)]


def test_a_dropped_connection_is_opened_again_at_once_then_ever_later_up_to_the_limit() -> None:
    found = waits(Pacing(), AttemptOutcome("network"), 12)
    assert found[0] == 0
    assert found == sorted(found)
    assert found[-1] == NETWORK_MOST


def test_a_clean_close_does_not_let_us_hammer() -> None:
    assert sum(waits(Pacing(), AttemptOutcome("closed"), 20)) > 100


def test_http_errors_start_at_five_seconds_and_double_to_the_limit() -> None:
    found = waits(Pacing(), AttemptOutcome("http", 503), 8)
    assert found[:4] == [5, 10, 20, 40]
    assert found[-1] == HTTP_MOST


def test_a_stable_connection_ends_the_back_off() -> None:
    pacing = Pacing()
    waits(pacing, AttemptOutcome("http", 503), 5)
    assert pacing.after(AttemptOutcome("network", lived=31)).seconds == 0
    assert pacing.after(AttemptOutcome("http", 503)).seconds == 5


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (AttemptOutcome("http", 401), "unauthorized"),
        (AttemptOutcome("http", 402, "CreditsDepleted"), "credits_depleted"),
        (AttemptOutcome("http", 403, "Client Forbidden", "not enrolled"), "forbidden"),
        (AttemptOutcome("http", 403, "SpendCapReached"), "spend_cap"),
        (AttemptOutcome("http", 429, "UsageCapExceeded", "monthly cap"), "usage_cap"),
    ],
)
def test_what_waiting_does_not_cure_is_refused_and_named(
    outcome: AttemptOutcome, code: str
) -> None:
    decision = Pacing().after(outcome)
    assert decision.refused
    assert decision.fault.code == code
    assert decision.seconds == WINDOW


def test_a_taken_slot_is_freed_once_then_waited_for() -> None:
    pacing = Pacing()
    crowded = AttemptOutcome("http", 429, "TooManyConnections")
    first, second, third = (pacing.after(crowded) for _ in range(3))
    assert (first.free_slot, first.seconds) == (True, 1)
    assert (second.free_slot, second.seconds) == (False, 60)
    assert third.seconds == 120
    assert not third.refused


def test_a_rate_limit_is_waited_for_until_its_reset() -> None:
    assert Pacing().after(AttemptOutcome("http", 429, reset_in=123.0)).seconds == 123


def test_connects_stay_below_the_limit_of_the_window() -> None:
    pacing = Pacing(45)
    assert [pacing.connecting(float(second)) for second in range(45)] == [0.0] * 45
    assert pacing.connecting(100.0) == WINDOW - 100
    assert pacing.connecting(WINDOW + 0.5) == 0


@given(st.lists(st.tuples(st.floats(0, 400), st.booleans()), min_size=60, max_size=120))
def test_no_window_holds_more_connects_than_allowed_however_often_collectors_restart(
    history: list[tuple[float, bool]],
) -> None:
    clock = [1e9]
    made = list[float]()
    with TemporaryDirectory() as folder:

        def begin() -> tuple[ConnectLog, Pacing]:
            connects = ConnectLog(Path(folder) / "x.connects", lambda: clock[0])
            return connects, Pacing(5, [clock[0] - age for age in connects.ages()])

        connects, pacing = begin()
        for seconds, restarts in history:
            clock[0] += seconds / 10
            if restarts:
                connects, pacing = begin()
            if pacing.connecting(clock[0]) == 0:
                connects.add()
                made.append(clock[0])
    assert all(later - at >= WINDOW - 1e-3 for at, later in zip(made, made[5:], strict=False))
    assert len(made) >= 5


@given(st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from((0, 1)), st.booleans())))
def test_two_machines_of_one_app_stay_within_its_limit_together_also_while_nobody_counts(
    history: list[tuple[int, int, bool]],
) -> None:
    now, made = 0.0, ([0.0][:0], [0.0][:0])
    pacings, elsewhere = (Pacing(5), Pacing(5)), [ConnectsElsewhere(machines=2)] * 2
    for passing, machine, is_counted in history:
        now += passing / 10
        for each in (0, 1):
            if is_counted:
                elsewhere[each] = ConnectsElsewhere(tuple(made[1 - each]), 2, now)
            else:
                elsewhere[each] = replace(elsewhere[each], known_at=-inf)
        if pacings[machine].connecting(now, elsewhere[machine]) == 0:
            made[machine].append(now)
            if is_counted:
                other = 1 - machine
                elsewhere[other] = ConnectsElsewhere(tuple(made[machine]), 2, now)
    together = sorted(made[0] + made[1])
    assert all(late - at >= WINDOW - 1e-3 for at, late in zip(together, together[5:], strict=False))


def test_a_machine_alone_has_the_whole_limit_and_others_take_theirs_off() -> None:
    alone, beside = Pacing(5), Pacing(5)
    assert [alone.connecting(float(at)) for at in range(6)] == [0, 0, 0, 0, 0, WINDOW - 5]
    others = ConnectsElsewhere((0.0, 1.0, 2.0), 2, known_at=3.0)
    assert [beside.connecting(float(at), others) for at in (3, 4, 5)] == [0, 0, WINDOW - 5]
    assert beside.connecting(WINDOW + 1, others) == 2  # nobody counts by then: its share is spent


def test_a_clock_set_back_makes_no_connect_forgotten(tmp_path: Path) -> None:
    connects = ConnectLog(tmp_path / "x.connects", lambda: 10_000.0)
    connects.add()
    assert ConnectLog(tmp_path / "x.connects", lambda: 6_400.0).ages() == [0.0]
    assert ConnectLog(tmp_path / "x.connects", lambda: 10_000.0 + WINDOW).ages() == []


def test_a_connect_log_that_cannot_be_used_keeps_nobody_from_connecting(tmp_path: Path) -> None:
    path = tmp_path / "slots" / "x.connects"
    path.parent.mkdir()
    path.write_bytes(b"torn [")
    connects = ConnectLog(path)
    assert connects.ages() == []
    (tmp_path / "slots" / "x.connects.part").mkdir()
    connects.add()
    assert len(connects.ages()) == 1
