"""The status of a stream: computed from what is wanted and what its collector last said."""

from enum import StrEnum

import msgspec

from streams.live.report import Fault, SlotReport
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


class Status(msgspec.Struct, frozen=True):
    """State, posts per second, seconds of delay, and why it is not running."""

    state: State
    rate: float = 0.0
    lag_ms: float = 0.0
    fault: Fault | None = None
    note: str | None = None
    since: int | None = None


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
