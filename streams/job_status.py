"""The status of a job, computed from what was asked for and what its client reported when."""

from enum import IntEnum
from typing import Literal

from streams.job import Job
from streams.live.report import Fault
from streams.status import PATIENCE_MS, State, Status
from streams.stream import Wanted

LATE_MS = 30_000
LOST_MS = 60_000
SETTLE_MS = 120_000
"""How long a client may take to say that it stopped; some never do."""

Connection = Literal["never", "connected", "late", "disconnected"]


class JobStatus(IntEnum):
    """The numbers that capture clients read and write."""

    UNKNOWN = 0
    CREATED = 1
    STARTING = 2
    STARTED = 3
    STOPPING = 4
    STOPPED = 5


def connection_of(seen_at: int | None, now: int) -> Connection:
    """Judge by the last sign of life."""
    if seen_at is None:
        return "never"
    silent = now - seen_at
    return "connected" if silent < LATE_MS else "late" if silent < LOST_MS else "disconnected"


def job_status(job: Job, now: int) -> JobStatus:
    """Judge a job at `now` (ms). One that its client never stopped counts as stopped in time."""
    if job.stream.wanted is Wanted.ARCHIVED:
        return JobStatus.STOPPED
    if job.asked_at is None:
        return JobStatus.CREATED
    if job.stream.wanted is Wanted.RUNNING:
        answered = job.started_at is not None and job.started_at >= job.asked_at
        return JobStatus.STARTED if answered else JobStatus.STARTING
    answered = job.stopped_at is not None and job.stopped_at >= job.asked_at
    settled = answered or now - job.asked_at >= SETTLE_MS
    return JobStatus.STOPPED if settled else JobStatus.STOPPING


def accepts(job: Job, status: int, now: int) -> bool:
    """Return whether a client's word changes the job: it may answer 2 with 3, and 4 with 5."""
    if status == JobStatus.STARTED:
        return job_status(job, now) == JobStatus.STARTING
    if status == JobStatus.STOPPED and job.asked_at is not None:
        answered = job.stopped_at is not None and job.stopped_at >= job.asked_at
        return job.stream.wanted is not Wanted.RUNNING and not answered
    return False


def stream_status(job: Job, now: int, gap: str | None = None) -> Status:
    """Return the status of a job in the terms of all streams.

    `gap` is the reason of the gap that its client reported and has not ended.
    """
    status = job_status(job, now)
    if job.stream.wanted is Wanted.ARCHIVED:
        return Status(State.ARCHIVED)
    if status in (JobStatus.CREATED, JobStatus.STOPPED):
        return Status(State.STOPPED)
    if status is JobStatus.STOPPING:
        return Status(State.STOPPING)
    connection = connection_of(job.seen_at, now)
    fault = None if connection == "connected" else Fault(f"client_{connection}", _WORDS[connection])
    if status is JobStatus.STARTING:
        late = now - (job.asked_at or now) > PATIENCE_MS
        return Status(State.STARTING, fault=fault if late else None)
    if fault is not None:
        return Status(State.RECONNECTING, fault=fault)
    if gap is not None:
        told = f"The capture client is not connected to X ({gap.replace('_', ' ')})."
        return Status(State.RECONNECTING, fault=Fault(gap, told))
    fresh = connection_of(job.pinged_at, now) == "connected"
    return Status(State.RUNNING, (job.rate or 0.0) if fresh else 0.0, since=job.started_at)


_WORDS: dict[Connection, str] = {
    "never": "The capture client has never called. Is it running, with this server and token?",
    "late": "The capture client has not called for half a minute.",
    "disconnected": "The capture client does not call. It may still capture: look at its machine.",
}
