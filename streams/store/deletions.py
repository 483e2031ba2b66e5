"""Deletions: what was asked to be taken out, what each machine did, what may not come back."""

import secrets
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session

from streams.deletion import (
    AUTHOR,
    POST,
    DeletedSubject,
    Deletion,
    DeletionOrder,
    MachineWork,
    RemovedFromSegment,
)
from streams.store import corrections
from streams.store.deletion_reach import machines_of
from streams.store.deletion_schema import DeletionRow, MachineWorkRow, SubjectRow, TakenRow
from streams.store.engine import Begin
from streams.store.schema import SegmentRow, StreamRow

CLOSING_MS = 10_000
"""Before a platform's deletions are due, new ones go into the next row: machines' clocks differ."""
AT_ONCE = 500
"""Values in one statement: SQLite takes some 32,000 variables, others fewer."""


class Deletions:
    """The web asks; each machine's collector writes down what it did."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def ask(
        self,
        account_id: int,
        reason: str,
        now: int,
        machines: Iterable[str],
        *,
        posts: Collection[str] = (),
        authors: Collection[str] = (),
        compliance: bool = False,
        parent: str | None = None,
    ) -> str:
        """Write a deletion down, to be done by `machines` and those with segments; its id."""
        row = DeletionRow(
            id=secrets.token_hex(8),
            account_id=account_id,
            parent_id=parent,
            reason=reason,
            compliance=compliance,
            asked_at=now,
            recent=0,
        )
        with self._begin() as session:
            session.add(row)
            session.flush()
            for kind, values in ((POST, posts), (AUTHOR, authors)):
                session.add_all(_subject(row.id, kind, each, asked=True) for each in set(values))
            corrections.forget(session, account_id, posts, authors)
            for machine in {*machines, *machines_of(session, account_id, clients=not compliance)}:
                session.add(MachineWorkRow(deletion_id=row.id, machine=machine, looked=0))
        return row.id

    def hear(
        self,
        account_id: int,
        reason: str,
        now: int,
        due_at: int,
        machine: str,
        *,
        posts: Collection[str] = (),
        authors: Collection[str] = (),
    ) -> str:
        """Record what a platform says is deleted, with what it said before; returns the id.

        It is carried out from `due_at` on, or when what it is added to is due. Later arrivals are
        not watched for: the platform sends such posts no more.
        """
        with self._begin() as session:
            row = _gathering(session, account_id, reason, now, due_at)
            for kind, values in ((POST, posts), (AUTHOR, authors)):
                for some in _portions(sorted(set(values))):
                    known = _known(row.id, kind, some)
                    had = set(session.scalars(select(SubjectRow.value).where(*known)))
                    session.add_all(
                        _subject(row.id, kind, each, asked=True, heard_at=now)
                        for each in some
                        if each not in had
                    )
            corrections.forget(session, account_id, posts, authors)
            for name in {machine, *machines_of(session, account_id, clients=False)}:
                if session.get(MachineWorkRow, (row.id, name)) is None:
                    session.add(MachineWorkRow(deletion_id=row.id, machine=name, looked=0))
            return row.id

    def get(self, deletion_id: str) -> Deletion | None:
        """Return a deletion, whoever asked for it: check the owner."""
        with self._begin() as session:
            row = session.get(DeletionRow, deletion_id)
            return _deletions(session, [row])[0] if row else None

    def of_account(self, account_id: int, limit: int, offset: int) -> tuple[list[Deletion], int]:
        """List an account's deletions, newest first, and how many there are."""
        mine = DeletionRow.account_id == account_id
        query = select(DeletionRow).where(mine)
        query = query.order_by(DeletionRow.asked_at.desc(), DeletionRow.id)
        with self._begin() as session:
            total = session.scalar(select(func.count()).select_from(DeletionRow).where(mine)) or 0
            rows = list(session.scalars(query.limit(limit).offset(offset)))
            return _deletions(session, rows), total

    def taken(self, deletion_id: str) -> list[RemovedFromSegment]:
        """List the segments that something was taken out of."""
        query = select(TakenRow).where(TakenRow.deletion_id == deletion_id).order_by(TakenRow.id)
        with self._begin() as session:
            return [
                RemovedFromSegment(row.machine, row.collection, row.file, row.lines, row.copies)
                for row in session.scalars(query)
            ]

    def record_missing(self, deletion_id: str, limit: int) -> list[str]:
        """List posts and authors that were named and found nowhere so far."""
        query = select(SubjectRow.value).where(
            SubjectRow.deletion_id == deletion_id, SubjectRow.asked, ~SubjectRow.found
        )
        with self._begin() as session:
            return list(session.scalars(query.order_by(SubjectRow.number).limit(limit)))

    def adopt(self, machine: str, since: int) -> None:
        """Put a machine down for what was asked since a moment (ms): it may have come up late."""
        work = MachineWorkRow
        mine = select(work.deletion_id).where(work.machine == machine)
        query = select(DeletionRow.id).where(DeletionRow.asked_at >= since)
        with self._begin() as session:
            for deletion_id in session.scalars(query.where(DeletionRow.id.not_in(mine))):
                session.add(work(deletion_id=deletion_id, machine=machine, looked=0))

    def pending(self, machine: str, now: int, *, compliance: bool = False) -> list[DeletionOrder]:
        """List what is due at a moment (ms) and a machine has not done yet, oldest first."""
        work = MachineWorkRow
        query = (
            select(DeletionRow)
            .join(work, work.deletion_id == DeletionRow.id)
            .where(
                work.machine == machine,
                work.done_at.is_(None),
                DeletionRow.compliance.is_(compliance),
                or_(DeletionRow.due_at.is_(None), DeletionRow.due_at <= now),
            )
            .order_by(DeletionRow.asked_at, DeletionRow.id)
        )
        with self._begin() as session:
            return [_order(session, row) for row in session.scalars(query)]

    def found(self, deletion_id: str, posts: Collection[str], authors: Collection[str]) -> None:
        """Record what was found: posts that were not named (an author's) may not return."""
        with self._begin() as session:
            for kind, values in ((POST, posts), (AUTHOR, authors)):
                for some in _portions(sorted(values)):
                    known = _known(deletion_id, kind, some)
                    had = set(session.scalars(select(SubjectRow.value).where(*known)))
                    session.execute(update(SubjectRow).where(*known).values(found=True))
                    new = [each for each in some if each not in had]
                    session.add_all(
                        _subject(deletion_id, kind, each, asked=False, found=True) for each in new
                    )

    def also_found(self, deletion_id: str) -> list[str]:
        """List the posts that were found and not named: an author's, and repeats of a post."""
        row = SubjectRow
        query = select(row.value).where(
            row.deletion_id == deletion_id, row.kind == POST, ~row.asked, row.found
        )
        with self._begin() as session:
            return list(session.scalars(query))

    def recent(self, deletion_id: str, posts: int) -> None:
        """Add to the count of recent posts that were taken out."""
        row = DeletionRow
        change = update(row).where(row.id == deletion_id).values(recent=row.recent + posts)
        with self._begin() as session:
            session.execute(change)

    def record_removed(self, deletion_id: str, taken: RemovedFromSegment) -> None:
        """Record what was taken out of a segment so far."""
        where = {
            "deletion_id": deletion_id,
            "machine": taken.machine,
            "collection": taken.collection,
            "file": taken.file,
        }
        with self._begin() as session:
            row = session.scalar(select(TakenRow).filter_by(**where))
            if row is None:
                row = TakenRow(**where)
                session.add(row)
            row.lines, row.copies = taken.lines, taken.copies

    def report(
        self,
        deletion_ids: Collection[str],
        machine: str,
        looked: int,
        done_at: int | None,
        trouble: str | None,
    ) -> None:
        """Record the progress of a machine."""
        change = (
            update(MachineWorkRow)
            .where(MachineWorkRow.deletion_id.in_(deletion_ids), MachineWorkRow.machine == machine)
            .values(looked=looked, done_at=done_at, trouble=trouble)
        )
        with self._begin() as session:
            session.execute(change)

    def order(self, deletion_id: str) -> DeletionOrder | None:
        """Return what was asked, whoever asked for it: check the owner."""
        with self._begin() as session:
            row = session.get(DeletionRow, deletion_id)
            return _order(session, row) if row else None

    def forgotten(
        self, after: int, account_id: int | None = None, limit: int | None = None
    ) -> list[DeletedSubject]:
        """List what may not come back, from the entry after number `after` on; of all, or one."""
        query = (
            select(SubjectRow, DeletionRow)
            .join(DeletionRow, DeletionRow.id == SubjectRow.deletion_id)
            .where(SubjectRow.number > after, ~DeletionRow.by_platform)
            .order_by(SubjectRow.number)
            .limit(limit)
        )
        if account_id is not None:
            query = query.where(DeletionRow.account_id == account_id)
        with self._begin() as session:
            return [
                DeletedSubject(it.number, row.account_id, it.kind, it.value, row.asked_at)
                for it, row in session.execute(query)
            ]

    def files(self, folder: str) -> dict[tuple[str, str], int]:
        """Return which account each known segment of a folder is of: by machine and file."""
        query = (
            select(SegmentRow.machine, SegmentRow.file, StreamRow.account_id)
            .join(StreamRow, StreamRow.id == SegmentRow.stream_id)
            .where(SegmentRow.folder == folder)
        )
        with self._begin() as session:
            return {(machine, file): owner for machine, file, owner in session.execute(query)}

    def folders(self, account_id: int) -> dict[str, bool]:
        """Name the folders with segments of an account; True for those it writes to now."""
        streams = select(StreamRow.folder).where(
            StreamRow.account_id == account_id, StreamRow.folder.is_not(None)
        )
        segments = (
            select(SegmentRow.folder)
            .join(StreamRow, StreamRow.id == SegmentRow.stream_id)
            .where(StreamRow.account_id == account_id)
        )
        with self._begin() as session:
            found = dict.fromkeys(session.scalars(segments.distinct()), False)
            found |= {name: True for name in session.scalars(streams.distinct()) if name}
            return found


def _gathering(
    session: Session, account_id: int, reason: str, now: int, due_at: int
) -> DeletionRow:
    """Return the row that gathers what a platform announces now; a new one is due at `due_at`."""
    mine = select(DeletionRow).where(
        DeletionRow.account_id == account_id,
        DeletionRow.by_platform,
        DeletionRow.reason == reason,
        DeletionRow.due_at > now + CLOSING_MS,
    )
    row = session.scalar(mine.order_by(DeletionRow.due_at).limit(1))
    if row is None:
        row = DeletionRow(
            id=secrets.token_hex(8),
            account_id=account_id,
            reason=reason,
            compliance=False,
            asked_at=now,
            recent=0,
            by_platform=True,
            due_at=due_at,
        )
        session.add(row)
        session.flush()
    return row


def _subject(
    deletion_id: str,
    kind: str,
    value: str,
    *,
    asked: bool,
    found: bool = False,
    heard_at: int | None = None,
) -> SubjectRow:
    return SubjectRow(
        deletion_id=deletion_id,
        kind=kind,
        value=value,
        asked=asked,
        found=found,
        heard_at=heard_at,
    )


def _portions(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))


def _known(deletion_id: str, kind: str, values: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    row = SubjectRow
    return (row.deletion_id == deletion_id, row.kind == kind, row.value.in_(values))


def _order(session: Session, row: DeletionRow) -> DeletionOrder:
    subjects = select(SubjectRow.kind, SubjectRow.value, SubjectRow.heard_at).where(
        SubjectRow.deletion_id == row.id, SubjectRow.asked
    )
    values: dict[str, set[str]] = {POST: set(), AUTHOR: set()}
    heard_at: dict[str, int] = {}
    for kind, value, at in session.execute(subjects):
        values[kind].add(value)
        if at is not None:
            heard_at[value] = at
    return DeletionOrder(
        row.id,
        row.account_id,
        row.reason,
        row.asked_at,
        frozenset(values[POST]),
        frozenset(values[AUTHOR]),
        row.by_platform,
        heard_at,
    )


def _deletions(session: Session, rows: Sequence[DeletionRow]) -> list[Deletion]:
    ids = [row.id for row in rows]
    counts = (
        select(
            SubjectRow.deletion_id,
            SubjectRow.kind,
            func.count(),
            func.sum(case((SubjectRow.found, 1), else_=0)),
        )
        .where(SubjectRow.deletion_id.in_(ids), SubjectRow.asked)
        .group_by(SubjectRow.deletion_id, SubjectRow.kind)
    )
    asked: dict[tuple[str, str], tuple[int, int]] = {
        (id, kind): (count, int(found or 0)) for id, kind, count, found in session.execute(counts)
    }
    machines: dict[str, list[MachineWork]] = {id: [] for id in ids}
    work = select(MachineWorkRow).where(MachineWorkRow.deletion_id.in_(ids))
    for each in session.scalars(work.order_by(MachineWorkRow.machine)):
        machines[each.deletion_id].append(
            MachineWork(each.machine, each.done_at, each.looked, each.trouble)
        )
    children: dict[str, list[str]] = {id: [] for id in ids}
    born = select(DeletionRow.parent_id, DeletionRow.id).where(DeletionRow.parent_id.in_(ids))
    for parent, child in session.execute(born.order_by(DeletionRow.asked_at, DeletionRow.id)):
        children[str(parent)].append(child)
    return [
        Deletion(
            id=row.id,
            account_id=row.account_id,
            reason=row.reason,
            asked_at=row.asked_at,
            compliance=row.compliance,
            parent=row.parent_id,
            posts=asked.get((row.id, POST), (0, 0))[0],
            authors=asked.get((row.id, AUTHOR), (0, 0))[0],
            found=sum(asked.get((row.id, kind), (0, 0))[1] for kind in (POST, AUTHOR)),
            recent=row.recent,
            by_platform=row.by_platform,
            due_at=row.due_at,
            machines=tuple(machines[row.id]),
            children=tuple(children[row.id]),
        )
        for row in rows
    ]
