"""The status of a stream, from what is wanted and what its collector last said."""

import msgspec
import pytest

from streams.filter import Filter
from streams.live.report import Connection, Fault, SlotReport, SourceReport, StreamReport
from streams.names import ANY
from streams.plan import Plan
from streams.status import FRESH_MS, NOBODY, OVERLOOKED, PATIENCE_MS, State, Status, status_of
from streams.stream import Stream, Wanted

NOW = 1_800_000_000_000
STREAM = Stream(
    id="s",
    account_id=1,
    name="rain",
    source="x",
    filter=Filter("rain"),
    wanted=Wanted.RUNNING,
    generation=2,
    old=False,
    created_at=NOW,
    changed_at=NOW,
)
FAULT = Fault("refused", "Mend it.")
MINE = StreamReport(generation=2, posts=9, rate=2.5, note="wider")


def report(
    connection: Connection = "connected",
    mine: StreamReport | None = MINE,
    age: int = 0,
    fault: Fault | None = None,
) -> SlotReport:
    streams = {"s": mine} if mine else {}
    return SlotReport(
        "x", "w", 1, NOW - age, connection, streams, connected_at=NOW - 60, fault=fault, lag_ms=4.0
    )


@pytest.mark.parametrize(
    ("wanted", "said", "state", "fault"),
    [
        (Wanted.ARCHIVED, report(), State.ARCHIVED, None),
        (Wanted.STOPPED, None, State.STOPPED, None),
        (Wanted.STOPPED, report(mine=None), State.STOPPED, None),
        (Wanted.STOPPED, report(), State.STOPPING, None),
        (Wanted.STOPPED, report(age=FRESH_MS + 1), State.STOPPED, None),
        (Wanted.RUNNING, None, State.STARTING, None),
        (Wanted.RUNNING, report(age=FRESH_MS), State.RUNNING, None),
        (Wanted.RUNNING, report(age=FRESH_MS + 1), State.STARTING, None),
        (Wanted.RUNNING, report(mine=None), State.STARTING, None),
        (Wanted.RUNNING, report(mine=StreamReport(1)), State.STARTING, None),
        (Wanted.RUNNING, report("connecting"), State.STARTING, None),
        (Wanted.RUNNING, report("idle", None), State.STARTING, None),
        (Wanted.RUNNING, report("backing_off", fault=FAULT), State.RECONNECTING, FAULT),
        (Wanted.RUNNING, report("refused", fault=FAULT), State.FAILED, FAULT),
        (Wanted.RUNNING, report(mine=StreamReport(2, fault=FAULT)), State.FAILED, FAULT),
        (Wanted.RUNNING, report(), State.RUNNING, None),
    ],
)
def test_the_state_follows_from_wish_and_report(
    wanted: Wanted, said: SlotReport | None, state: State, fault: Fault | None
) -> None:
    status = status_of(msgspec.structs.replace(STREAM, wanted=wanted), said, NOW)
    assert (status.state, status.fault) == (state, fault)


def test_a_running_stream_tells_its_rate_delay_note_and_since_when() -> None:
    assert status_of(STREAM, report(), NOW) == Status(
        State.RUNNING, 2.5, 4.0, note="wider", since=NOW - 60
    )


def test_a_stream_without_a_machine_says_why_it_waits() -> None:
    waiting = msgspec.structs.replace(STREAM, plan=Plan(machine=ANY))
    said = report("idle", StreamReport(0, fault=FAULT))
    assert status_of(waiting, said, NOW) == Status(State.STARTING, fault=FAULT)
    assert status_of(waiting, report("idle", None), NOW) == Status(State.STARTING)
    assert status_of(waiting, None, NOW + PATIENCE_MS + 1).fault == NOBODY


def test_a_placed_stream_names_the_machine_that_does_not_answer() -> None:
    placed = msgspec.structs.replace(STREAM, plan=Plan(machine=ANY), placed_on="lab")
    fault = status_of(placed, None, NOW + PATIENCE_MS + 1).fault
    assert fault is not None
    assert (fault.code, "lab" in fault.message) == ("no_collector", True)


@pytest.mark.parametrize("said", [None, report(age=60_000)])
def test_a_start_that_nobody_takes_up_becomes_a_fault(said: SlotReport | None) -> None:
    patient = status_of(STREAM, said, NOW + PATIENCE_MS)
    late = status_of(STREAM, said, NOW + PATIENCE_MS + 1)
    assert (patient.state, patient.fault) == (State.STARTING, None)
    assert (late.state, late.fault) == (State.STARTING, NOBODY)


@pytest.mark.parametrize(
    ("mine", "fault", "told"),
    [
        (None, None, OVERLOOKED),
        (StreamReport(1), None, OVERLOOKED),
        (None, FAULT, FAULT),
    ],
)
def test_a_stream_that_a_living_collector_overlooks_becomes_a_fault(
    mine: StreamReport | None, fault: Fault | None, told: Fault
) -> None:
    said = msgspec.structs.replace(report(mine=mine, fault=fault), at=NOW + PATIENCE_MS)
    patient = status_of(STREAM, said, NOW + PATIENCE_MS)
    late = status_of(STREAM, said, NOW + PATIENCE_MS + 1)
    assert (patient.state, patient.fault) == (State.STARTING, None)
    assert (late.state, late.fault) == (State.STARTING, told)


def test_patience_with_a_scheduled_stream_begins_with_its_schedule() -> None:
    plan = Plan(starts_at=NOW + 3_600_000)
    stream = msgspec.structs.replace(STREAM, plan=plan)
    assert status_of(stream, None, NOW + 3_600_000 + PATIENCE_MS).fault is None
    assert status_of(stream, None, NOW + 3_600_000 + PATIENCE_MS + 1).fault is NOBODY


@pytest.mark.parametrize(
    ("x", "bluesky", "state", "fault"),
    [
        (SourceReport("connected", NOW - 9), SourceReport("connected"), State.RUNNING, None),
        (SourceReport("refused", fault=FAULT), SourceReport("connected"), State.RUNNING, None),
        (SourceReport("connecting"), SourceReport("backing_off"), State.STARTING, None),
        (
            SourceReport("refused", fault=FAULT),
            SourceReport("backing_off"),
            State.RECONNECTING,
            FAULT,
        ),
        (
            SourceReport("refused", fault=FAULT),
            SourceReport("connected", fault=FAULT),
            State.FAILED,
            FAULT,
        ),
    ],
)
def test_a_stream_over_several_sources_runs_while_any_of_them_brings_posts(
    x: SourceReport, bluesky: SourceReport, state: State, fault: Fault | None
) -> None:
    stream = msgspec.structs.replace(STREAM, further_sources=("bluesky",))
    mine = msgspec.structs.replace(MINE, sources={"x": x, "bluesky": bluesky})
    status = status_of(stream, report("refused", mine), NOW)
    assert (status.state, status.fault) == (state, fault)
    assert [(each.source, each.fault) for each in status.sources] == [
        ("x", x.fault),
        ("bluesky", bluesky.fault),
    ]
