"""Streams: what is wanted, and the record of every edit."""

import secrets
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streams.filter import Filter
from streams.names import ANY
from streams.plan import Plan
from streams.recorded_state import AT_REST, RecordedState
from streams.sources import DEFAULT_SOURCE
from streams.store import edits, folders
from streams.store.edits import Edit
from streams.store.engine import Begin
from streams.store.schema import StreamRow
from streams.stream import Stream, Wanted


class CollectionTakenError(ValueError):
    """Another stream of the account keeps its posts in that collection."""


class Streams:
    """Reads and writes streams. Only the web writes, but for where workers place and see them."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def create(
        self,
        account_id: int,
        name: str,
        wanted: Filter,
        now: int,
        *,
        plan: Plan | None = None,
        source: str = DEFAULT_SOURCE,
        further_sources: Sequence[str] = (),
        old: bool = False,
    ) -> Stream:
        """Save a stopped stream; raises CollectionTakenError."""
        row = StreamRow(
            id=secrets.token_hex(8),
            account_id=account_id,
            name=name,
            source=source,
            further_sources=",".join(further_sources) or None,
            filter=msgspec.json.encode(wanted).decode(),
            wanted=Wanted.STOPPED.value,
            generation=1,
            old=old,
            created_at=now,
            changed_at=now,
        )
        with self._begin() as session:
            _plan(session, row, plan or Plan())
            session.add(row)
            session.flush()  # the record refers to it
            edits.record(session, row, account_id, now, {}, _summary(row))
        return _stream(row)

    def get(self, stream_id: str) -> Stream | None:
        """Return a stream by its id, whoever owns it: check the owner."""
        with self._begin() as session:
            row = session.get(StreamRow, stream_id)
            return _stream(row) if row else None

    def of_account(self, account_id: int, *, archived: bool = False) -> list[Stream]:
        """List an account's streams, newest first."""
        query = select(StreamRow).where(StreamRow.account_id == account_id)
        if not archived:
            query = query.where(StreamRow.wanted != Wanted.ARCHIVED.value)
        with self._begin() as session:
            rows = session.scalars(query.order_by(StreamRow.created_at.desc(), StreamRow.id))
            return [_stream(row) for row in rows]

    def legacy_of(self, account_id: int) -> Stream | None:
        """Return the one stream that the old dashboard client drives for an account."""
        query = select(StreamRow).where(
            StreamRow.account_id == account_id,
            StreamRow.old,
            StreamRow.wanted != Wanted.ARCHIVED.value,
        )
        with self._begin() as session:
            row = session.scalar(query)
            return _stream(row) if row else None

    def legacy_started_last(self) -> Stream | None:
        """Return the running stream of an old dashboard client that changed last."""
        query = select(StreamRow).where(StreamRow.wanted == Wanted.RUNNING.value, StreamRow.old)
        with self._begin() as session:
            row = session.scalar(query.order_by(StreamRow.changed_at.desc()).limit(1))
            return _stream(row) if row else None

    def some(self, stream_ids: Collection[str]) -> list[Stream]:
        """Return streams by their ids, whoever owns them; ids that are unknown are left out."""
        query = select(StreamRow).where(StreamRow.id.in_(stream_ids))
        with self._begin() as session:
            return [_stream(row) for row in session.scalars(query)]

    def of_folder(self, folder: str) -> Stream | None:
        """Return the stream that keeps its posts in a folder, or did so last."""
        query = select(StreamRow).where(StreamRow.folder == folder)
        is_archived = StreamRow.wanted == Wanted.ARCHIVED.value
        query = query.order_by(is_archived, StreamRow.created_at.desc()).limit(1)
        with self._begin() as session:
            row = session.scalar(query)
            return _stream(row) if row else None

    def running(self, *sources: str) -> list[Stream]:
        """List the streams on sources that are wanted running, oldest first."""
        query = select(StreamRow).where(
            StreamRow.source.in_(sources), StreamRow.wanted == Wanted.RUNNING.value
        )
        with self._begin() as session:
            return [_stream(row) for row in session.scalars(query.order_by(StreamRow.created_at))]

    def edit(
        self,
        stream_id: str,
        account_id: int,
        now: int,
        *,
        name: str | None = None,
        filter_: Filter | None = None,
        plan: Plan | None = None,
        wanted: Wanted | None = None,
    ) -> Stream | None:
        """Change what is given and record it; a new filter raises the generation.

        Raises CollectionTakenError.
        """
        with self._begin() as session:
            row = _locked(session, stream_id)
            if row is None:
                return None
            before = _summary(row)
            if name is not None:
                row.name = name
            if filter_ is not None:
                row.filter = msgspec.json.encode(filter_).decode()
            if plan is not None:
                _plan(session, row, plan)
            if wanted is not None:
                row.wanted = wanted.value
            if _begins_anew(before, _summary(row)):
                row.placed_on = None
            after = _summary(row)
            row.generation += before["filter"] != after["filter"]
            if before != after:
                row.changed_at = now
                edits.record(session, row, account_id, now, before, after)
            return _stream(row)

    def place(self, stream_id: str, machine: str, now: int, *, instead_of: str | None) -> bool:
        """Record where a running stream that may run anywhere belongs from now on.

        False when somebody was quicker: it is elsewhere than it was, stopped, or tied to a machine.
        """
        with self._begin() as session:
            row = _locked(session, stream_id)
            if row is None or row.placed_on != instead_of:
                return False
            stream = _stream(row)
            if stream.wanted is not Wanted.RUNNING or stream.plan.machine != ANY:
                return False
            before = _summary(row)
            row.placed_on = machine
            edits.record(session, row, None, now, before, _summary(row))
            return True

    def unsettled(self, *sources: str) -> list[tuple[Stream, RecordedState]]:
        """List the streams on sources that are not at rest, or were not when last seen."""
        at_rest = (Wanted.STOPPED.value, Wanted.ARCHIVED.value)
        query = select(StreamRow).where(
            StreamRow.source.in_(sources),
            StreamRow.wanted.not_in(at_rest) | StreamRow.seen.is_not(None),
        )
        with self._begin() as session:
            return [(_stream(row), _seen(row)) for row in session.scalars(query)]

    def see(self, stream_id: str, seen: RecordedState, now: int) -> None:
        """Record that a stream is in another state than it was last seen in."""
        with self._begin() as session:
            row = _locked(session, stream_id)
            if row is None or (before := _seen(row)).is_like(seen):
                return
            row.seen = None if seen == AT_REST else msgspec.json.encode(seen).decode()
            edits.record(
                session, row, None, now, msgspec.to_builtins(before), msgspec.to_builtins(seen)
            )

    def edits(self, stream_id: str) -> list[Edit]:
        """List the changes of a stream, oldest first."""
        with self._begin() as session:
            return edits.of(session, stream_id)


def _locked(session: Session, stream_id: str) -> StreamRow | None:
    """Return a row that nobody else changes until the end of the transaction.

    A write takes the lock: SQLite knows no SELECT FOR UPDATE and would let two read the same row.
    """
    same = update(StreamRow).where(StreamRow.id == stream_id).values(wanted=StreamRow.wanted)
    session.execute(same)
    return session.get(StreamRow, stream_id)


def _seen(row: StreamRow) -> RecordedState:
    return msgspec.json.decode(row.seen, type=RecordedState) if row.seen else AT_REST


def _summary(row: StreamRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "wanted": row.wanted,
        "filter": msgspec.json.decode(row.filter),
        "plan": msgspec.json.decode(row.plan),
        "placed_on": row.placed_on,
    }


def _begins_anew(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether a stream starts, or may run elsewhere than before: it is placed then."""
    starts = after["wanted"] == Wanted.RUNNING.value and before["wanted"] != after["wanted"]
    return starts or bool(before["plan"].get("machine") != after["plan"].get("machine"))


def _plan(session: Session, row: StreamRow, plan: Plan) -> None:
    """Give a stream its plan, and the folder of its collection unless another stream has it."""
    row.plan = msgspec.json.encode(plan).decode()
    before, row.collection = row.collection, plan.capture.collection if plan.capture else None
    if row.collection is None:
        row.folder = None
        return
    with session.no_autoflush:
        if row.collection != before:
            row.folder = folders.folder_in(session, row.account_id, row.collection)
        others = select(StreamRow.id).where(
            StreamRow.folder == row.folder,
            StreamRow.id != row.id,
            StreamRow.wanted != Wanted.ARCHIVED.value,
        )
        if session.scalar(others.limit(1)) is not None:
            raise CollectionTakenError(f"another of your streams captures to {row.collection!r}")


def _stream(row: StreamRow) -> Stream:
    return Stream(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        source=row.source,
        filter=msgspec.json.decode(row.filter, type=Filter),
        plan=msgspec.json.decode(row.plan, type=Plan),
        wanted=Wanted(row.wanted),
        generation=row.generation,
        old=row.old,
        created_at=row.created_at,
        changed_at=row.changed_at,
        placed_on=row.placed_on,
        folder=row.folder or row.collection,  # an older web process, still running, sets none
        further_sources=tuple(row.further_sources.split(",")) if row.further_sources else (),
    )
