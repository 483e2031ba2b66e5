"""The status of a stream: computed from what is wanted and what its collector last said."""

from enum import StrEnum

import msgspec

from streams.live.report import Fault, SlotReport, SourceReport, StreamReport
from streams.names import DEFAULT
from streams.stream import Stream, Wanted

FRESH_MS = 5_000
"""A report older than this says nothing about now; collectors write one each second."""
PATIENCE_MS = 15_000
"""How long a start may take before its delay is called a fault."""


class State(StrEnum):
    """What a viewer is told of a stream."""

    STOPPED = "stopped"
    SCHEDULED = "scheduled"
    STARTING = "starting"
    RUNNING = "running"
    RECONNECTING = "reconnecting"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"
    ARCHIVED = "archived"


class SourceStatus(msgspec.Struct, frozen=True):
    """The state of one of several sources of a stream, and what is wrong with it."""

    source: str
    state: State
    fault: Fault | None = None


class Status(msgspec.Struct, frozen=True):
    """State, posts per second, seconds of delay, and why it is not running.

    `sources` has an entry for each source of a stream that follows several.
    """

    state: State
    rate: float = 0.0
    lag_ms: float = 0.0
    fault: Fault | None = None
    note: str | None = None
    since: int | None = None
    sources: tuple[SourceStatus, ...] = ()


NOBODY = Fault("no_collector", "No collector answers. Is the collector process running?")
OVERLOOKED = Fault(
    "not_taken_up",
    "The collector runs and has not taken this stream up. Its output says why; "
    "stop and start the stream, then the collector.",
)


def _nobody(stream: Stream) -> Fault:
    """Name the part that does not answer."""
    if stream.placed_on in (None, DEFAULT):
        return NOBODY
    text = f"The machine {stream.placed_on} does not answer. If it stays silent, the stream moves"
    return Fault(NOBODY.code, f"{text} to another that has room.")


def status_of(stream: Stream, report: SlotReport | None, now: int) -> Status:
    """Judge a stream from one moment `now` (ms); never from a flag that somebody must reset."""
    fresh = report is not None and report.age(now) <= FRESH_MS
    mine = report.streams.get(stream.id) if report and fresh else None
    if stream.wanted is Wanted.ARCHIVED:
        return Status(State.ARCHIVED)
    if stream.wanted is Wanted.STOPPED:
        return Status(State.STOPPING if mine else State.STOPPED)
    if (timing := stream.plan.timing(now)) != "due":
        return Status(State.SCHEDULED if timing == "early" else State.FINISHED)
    late = now - max(stream.changed_at, stream.plan.starts_at or 0) > PATIENCE_MS
    if report is None or not fresh:
        return Status(State.STARTING, fault=_nobody(stream) if late else None)
    if stream.is_unplaced:
        return Status(State.STARTING, fault=mine.fault if mine else None)
    if stream.further_sources and (mine is None or mine.sources):
        return _status_of_several(stream, report, mine or StreamReport(0), late)
    if report.connection == "refused":
        return Status(State.FAILED, fault=report.fault)
    if mine is not None and mine.fault is not None:
        return Status(State.FAILED, fault=mine.fault)
    if report.connection == "backing_off":
        return Status(State.RECONNECTING, fault=report.fault)
    if mine is None or mine.generation != stream.generation:
        return Status(State.STARTING, fault=(report.fault or OVERLOOKED) if late else None)
    if report.connection != "connected":  # which the source ends, one way or the other
        return Status(State.STARTING)
    return Status(
        State.RUNNING, mine.rate, report.lag_ms, note=mine.note, since=report.connected_at
    )


def _status_of_several(
    stream: Stream, report: SlotReport, mine: StreamReport, late: bool
) -> Status:
    """Judge a stream over several sources: it runs while any of them brings posts."""
    found = mine.sources.items()
    sources = tuple(SourceStatus(name, _source_state(one), one.fault) for name, one in found)
    states = {each.state for each in sources}
    faults = [each.fault for each in sources if each.fault is not None]
    fault = faults[0] if faults else None
    if mine.generation != stream.generation and states != {State.FAILED}:
        missing = (fault or OVERLOOKED) if late else None
        return Status(State.STARTING, fault=missing, sources=sources)
    if State.RUNNING in states:
        since = [one.connected_at for _, one in found if one.brings_posts and one.connected_at]
        return Status(
            State.RUNNING,
            mine.rate,
            report.lag_ms,
            note=mine.note,
            since=min(since, default=None),
            sources=sources,
        )
    for state in (State.STARTING, State.RECONNECTING):
        if state in states:
            return Status(state, fault=fault, sources=sources)
    return Status(State.FAILED, fault=fault, sources=sources)


def _source_state(one: SourceReport) -> State:
    if one.connection == "backing_off":
        return State.RECONNECTING
    if one.connection == "refused" or one.fault is not None:
        return State.FAILED
    return State.RUNNING if one.connection == "connected" else State.STARTING
