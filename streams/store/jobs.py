"""Jobs: streams that capture clients run, and what those reported about them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from streams.filter import Filter
from streams.job import CLIENT, Job, plan_of
from streams.job_status import JobStatus, accepts
from streams.store.client_schema import ClientRow, JobRow
from streams.store.engine import Begin
from streams.store.schema import MinuteRow, StreamRow
from streams.store.streams import Streams
from streams.stream import Wanted

MINUTE_MS = 60_000
MOST_A_MINUTE = 2**31 - 1
"""What the column holds."""


class SeatTakenError(ValueError):
    """The client has a job that is not archived, and can have one only."""


class Jobs:
    """Reads and writes jobs, and the counts by minute of their streams. Only the web writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def create(
        self,
        account_id: int,
        client_id: int | None,
        name: str,
        description: str,
        wanted: Filter,
        now: int,
    ) -> Job:
        """Save a job, not started; raises CollectionTakenError or SeatTakenError."""
        with _seats(), self._begin() as session:
            stream = _streams(session).create(
                account_id, name, wanted, now, plan=plan_of(name, description), source=CLIENT
            )
            session.add(JobRow(stream_id=stream.id, client_id=client_id, seat=client_id))
            session.flush()
            return _found(session, JobRow.stream_id == stream.id)[0]

    def assign(self, number: int, client_id: int) -> None:
        """Assign a client to a job that has none; raises SeatTakenError."""
        with _seats(), self._begin() as session:
            row = _locked(session, number)
            if row is not None and row.client_id is None:
                row.client_id = row.seat = client_id

    def want(self, job: Job, wanted: Wanted, now: int) -> None:
        """Ask its client to start or to stop; archive it, and its client can have another."""
        with self._begin() as session:
            row = _locked(session, job.number)
            before = session.get_one(StreamRow, job.stream.id).wanted
            if row is None or before in (wanted.value, Wanted.ARCHIVED.value):
                return
            _streams(session).edit(job.stream.id, job.stream.account_id, now, wanted=wanted)
            if wanted is Wanted.ARCHIVED:
                row.archived_at, row.seat = now, None
            else:
                row.asked_at = now

    def record_status(self, number: int, status: int, now: int) -> None:
        """Take a client's word that it started (3) or stopped (5), if that was asked of it."""
        with self._begin() as session:
            row = _locked(session, number)
            if row is None or not accepts(_found(session, JobRow.number == number)[0], status, now):
                return
            if status == JobStatus.STARTED:
                row.started_at = now
                row.first_started_at = row.first_started_at or now
            else:
                row.stopped_at = now

    def ping(self, number: int, total: int | None, rate: float | None, now: int) -> None:
        """Record the progress of a client. What its total rose by came in the minute of `now`.

        A total that fell is taken up from there: what it fell by was counted before.
        """
        with self._begin() as session:
            row = _locked(session, number)
            if row is None:
                return
            row.pinged_at = now
            if rate is not None:
                row.rate = rate
            if total is not None:
                _count(session, row.stream_id, now // MINUTE_MS, total - (row.total_count or 0))
                row.total_count = total

    def get(self, number: int) -> Job | None:
        """Return a job, whoever owns it: check the owner."""
        return next(iter(self._where(JobRow.number == number)), None)

    def of_stream(self, stream_id: str) -> Job | None:
        """Return the job that a stream is."""
        return next(iter(self._where(JobRow.stream_id == stream_id)), None)

    def of_streams(self, stream_ids: Collection[str]) -> dict[str, Job]:
        """Return the jobs that some streams are, by stream."""
        found = self._where(JobRow.stream_id.in_(stream_ids)) if stream_ids else []
        return {job.stream.id: job for job in found}

    def of_client(self, client_id: int) -> list[Job]:
        """List a client's jobs, newest first."""
        return self._where(JobRow.client_id == client_id)

    def of_account(self, account_id: int) -> list[Job]:
        """List an account's jobs, newest first."""
        return self._where(StreamRow.account_id == account_id)

    def active(self, client_ids: Collection[int]) -> dict[int, Job]:
        """Return the one job that is not archived of each client that has one."""
        found = self._where(JobRow.seat.in_(client_ids)) if client_ids else []
        return {job.client_id: job for job in found if job.client_id is not None}

    def _where(self, condition: ColumnElement[bool]) -> list[Job]:
        with self._begin() as session:
            return _found(session, condition)


@contextmanager
def _seats() -> Iterator[None]:
    """Only the seats of clients can be in each other's way."""
    try:
        yield
    except IntegrityError as error:
        raise SeatTakenError("the client has another job that is not archived") from error


def _streams(session: Session) -> Streams:
    """Work on streams within a transaction of ours."""
    return Streams(lambda: nullcontext(session))


def _locked(session: Session, number: int) -> JobRow | None:
    """Return a row that nobody else changes until the end: a write takes the lock everywhere."""
    same = update(JobRow).where(JobRow.number == number).values(stream_id=JobRow.stream_id)
    session.execute(same)
    return session.get(JobRow, number)


def _found(session: Session, condition: ColumnElement[bool]) -> list[Job]:
    query = (
        select(JobRow, ClientRow)
        .join(StreamRow, StreamRow.id == JobRow.stream_id)
        .outerjoin(ClientRow, ClientRow.id == JobRow.client_id)
        .where(condition)
        .order_by(JobRow.number.desc())
    )
    rows = session.execute(query).all()
    streams = {one.id: one for one in _streams(session).some([row.stream_id for row, _ in rows])}
    return [
        Job(
            number=row.number,
            stream=streams[row.stream_id],
            client_id=row.client_id,
            client_name=client.name if client else None,
            asked_at=row.asked_at,
            first_started_at=row.first_started_at,
            started_at=row.started_at,
            stopped_at=row.stopped_at,
            archived_at=row.archived_at,
            total_count=row.total_count,
            rate=row.rate,
            pinged_at=row.pinged_at,
            seen_at=client.seen_at if client else None,
        )
        for row, client in rows
    ]


def _count(session: Session, stream_id: str, minute: int, posts: int) -> None:
    if posts <= 0:
        return
    row = session.get(MinuteRow, (stream_id, minute))
    if row is None:
        row = MinuteRow(stream_id=stream_id, minute=minute, unknown=0)
        row.negative = row.neutral = row.positive = row.not_labelled = row.left_out = 0
        row.accurate = 0
        session.add(row)
    row.unknown = min(row.unknown + posts, MOST_A_MINUTE)
