"""The status of a replay: as of any stream, and from how far it is known to have come."""

from msgspec.structs import replace

from streams.live.report import Fault, SlotReport
from streams.replay import ReplayProgress
from streams.sources import REPLAYS_AT_ONCE
from streams.status import NOBODY, State, Status, status_of
from streams.stream import Stream, Wanted

WAITING = Fault(
    "waiting",
    f"No collector has taken it up yet: {REPLAYS_AT_ONCE} replays run at once, the others wait. "
    "Is the collector process running?",
)


def replay_status(
    stream: Stream, progress: ReplayProgress | None, report: SlotReport | None, now: int
) -> Status:
    """Judge a replay at `now` (ms); what it has done is told also while it does not run."""
    status = status_of(stream, report, now)
    replay = stream.plan.replay
    if replay is None or progress is None or progress.run != replay.run:
        return _patient(status)
    if stream.wanted is Wanted.RUNNING and progress.ended_at is not None:
        if progress.fault is not None:
            return Status(State.FAILED, fault=progress.fault, note=progress.said)
        return Status(State.FINISHED, note=progress.said)
    return replace(_patient(status), note=status.note or progress.said)


def _patient(status: Status) -> Status:
    return replace(status, fault=WAITING) if status.fault == NOBODY else status
