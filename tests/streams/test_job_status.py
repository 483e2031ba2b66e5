"""The status of a job, from what was asked and what its client said when."""

import msgspec
import pytest

from streams.filter import Filter
from streams.job import CLIENT, Job, is_name
from streams.job_status import (
    LATE_MS,
    LOST_MS,
    SETTLE_MS,
    JobStatus,
    accepts,
    connection_of,
    job_status,
    stream_status,
)
from streams.status import PATIENCE_MS
from streams.stream import Stream, Wanted

NOW = 1_800_000_000_000
STREAM = Stream("s", 1, "storm", CLIENT, Filter("a"), Wanted.STOPPED, 1, False, NOW, NOW)
NEW = Job(1, STREAM, 1, "lab", *[None] * 9)


def job(wanted: Wanted = Wanted.RUNNING, **times: int | None) -> Job:
    stream = msgspec.structs.replace(STREAM, wanted=wanted)
    moments = {name: None if ago is None else NOW - ago for name, ago in times.items()}
    return msgspec.structs.replace(NEW, stream=stream, **moments)


STOP = Wanted.STOPPED


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (NEW, JobStatus.CREATED),
        (job(asked_at=9), JobStatus.STARTING),
        (job(asked_at=9, started_at=9), JobStatus.STARTED),
        (job(asked_at=9, started_at=10), JobStatus.STARTING),
        (job(asked_at=10**9, started_at=9), JobStatus.STARTED),
        (job(STOP, asked_at=9, started_at=10), JobStatus.STOPPING),
        (job(STOP, asked_at=9, stopped_at=10), JobStatus.STOPPING),
        (job(STOP, asked_at=9, stopped_at=8), JobStatus.STOPPED),
        (job(STOP, asked_at=SETTLE_MS - 1), JobStatus.STOPPING),
        (job(STOP, asked_at=SETTLE_MS), JobStatus.STOPPED),
        (job(Wanted.ARCHIVED, asked_at=9, started_at=8), JobStatus.STOPPED),
    ],
)
def test_status(seen: Job, status: JobStatus) -> None:
    assert job_status(seen, NOW) is status


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (NEW, ()),
        (job(asked_at=9), (3,)),
        (job(asked_at=9, started_at=8), ()),
        (job(STOP, asked_at=9), (5,)),
        (job(STOP, asked_at=SETTLE_MS), (5,)),
        (job(STOP, asked_at=9, stopped_at=8), ()),
        (job(Wanted.ARCHIVED, asked_at=9), (5,)),
    ],
)
def test_a_client_may_say_what_was_asked_of_it(seen: Job, said: tuple[int, ...]) -> None:
    assert tuple(each for each in range(-1, 9) if accepts(seen, each, NOW)) == said


@pytest.mark.parametrize(
    ("ago", "connection"),
    [
        (None, "never"),
        (-5, "connected"),
        (LATE_MS - 1, "connected"),
        (LATE_MS, "late"),
        (LOST_MS - 1, "late"),
        (LOST_MS, "disconnected"),
    ],
)
def test_connection(ago: int | None, connection: str) -> None:
    assert connection_of(None if ago is None else NOW - ago, NOW) == connection


@pytest.mark.parametrize(
    ("seen", "state", "fault"),
    [
        (NEW, "stopped", None),
        (job(asked_at=9), "starting", None),
        (job(asked_at=PATIENCE_MS + 1), "starting", "client_never"),
        (job(asked_at=PATIENCE_MS + 1, seen_at=1), "starting", None),
        (job(asked_at=9, started_at=8, seen_at=1), "running", None),
        (job(asked_at=9, started_at=8, seen_at=LATE_MS), "reconnecting", "client_late"),
        (job(asked_at=9, started_at=8, seen_at=LOST_MS), "reconnecting", "client_disconnected"),
        (job(STOP, asked_at=9), "stopping", None),
        (job(Wanted.ARCHIVED), "archived", None),
    ],
)
def test_state(seen: Job, state: str, fault: str | None) -> None:
    status = stream_status(seen, NOW)
    assert (status.state, status.fault.code if status.fault else None) == (state, fault)


def test_a_gap_that_the_client_reported_shows_until_it_ends() -> None:
    running = job(asked_at=9, started_at=8, seen_at=1)
    status = stream_status(running, NOW, "unreachable")
    assert (status.state, status.fault.code if status.fault else None) == (
        "reconnecting",
        "unreachable",
    )
    lost = stream_status(job(asked_at=9, started_at=8, seen_at=LOST_MS), NOW, "unreachable")
    assert lost.fault is not None
    assert lost.fault.code == "client_disconnected"
    assert stream_status(job(STOP, asked_at=9), NOW, "unreachable").state == "stopping"


def test_names() -> None:
    assert all(map(is_name, ("a", "Storm_2026-11", "a b", "_", "x" * 64)))
    assert not any(map(is_name, ("", " a", "a ", "a/b", "..", "a\n", "é", "x" * 65)))
