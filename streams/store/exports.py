"""Exports: the files that people ordered, and how far each has come."""

from typing import Any

import msgspec
from sqlalchemy import Update, delete, func, or_, select, update
from sqlalchemy.orm import Session

from streams.exports import ExportOrder, ExportSelection
from streams.store.engine import Begin
from streams.store.export_schema import ExportOrderRow

SILENT_MS = 60_000
"""How long a process may say nothing before its export is made again."""
RESEND_MS = 10_000
"""How long a task may be on its way before it is sent again."""
MOST_ATTEMPTS = 3
MOST_AT_ONCE = 2
"""Exports that are made at the same time; the others wait."""


class Exports:
    """Reads and writes orders. Only the process that claimed one reports its progress."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def add(self, order: ExportOrder) -> None:
        """Record a new order, whose task is sent next."""
        fields = {name: getattr(order, name) for name in ExportOrder.__struct_fields__}
        fields["selection"] = msgspec.json.encode(order.selection).decode()
        at = order.created_at
        with self._begin() as session:
            session.add(ExportOrderRow(**fields, beat_at=at, sent_at=at))

    def get(self, order_id: str) -> ExportOrder | None:
        """Return an order."""
        with self._begin() as session:
            row = session.get(ExportOrderRow, order_id)
            return _order(row) if row else None

    def of(self, stream_id: str) -> list[ExportOrder]:
        """Return the orders of a stream, newest first."""
        query = select(ExportOrderRow).filter_by(stream_id=stream_id)
        newest = query.order_by(ExportOrderRow.created_at.desc(), ExportOrderRow.id)
        with self._begin() as session:
            return list(map(_order, session.scalars(newest)))

    def taken(self, account_id: int) -> tuple[int, int]:
        """Return how many files an account has or waits for, and their bytes so far."""
        query = select(func.count(), func.coalesce(func.sum(ExportOrderRow.bytes), 0))
        with self._begin() as session:
            count, size = session.execute(query.filter_by(account_id=account_id)).one()
            return int(count), int(size)

    def bytes_by_account(self) -> dict[int, int]:
        """Return the bytes of the files of each account so far."""
        row = ExportOrderRow
        query = select(row.account_id, func.sum(row.bytes)).group_by(row.account_id)
        with self._begin() as session:
            return {account_id: int(size) for account_id, size in session.execute(query)}

    def remove(self, order_id: str) -> None:
        """Forget an order; a process that still makes the file finds that out and ends."""
        with self._begin() as session:
            session.execute(delete(ExportOrderRow).filter_by(id=order_id))

    def claim(self, order_id: str, now: int) -> ExportOrder | None:
        """Take a queued order to make it; None when it is not queued, or others come first."""
        running = select(func.count()).where(ExportOrderRow.state == "running").scalar_subquery()
        queued = update(ExportOrderRow).where(
            ExportOrderRow.id == order_id,
            ExportOrderRow.state == "queued",
            running < MOST_AT_ONCE,
        )
        values = {"state": "running", "beat_at": now, "attempts": ExportOrderRow.attempts + 1}
        with self._begin() as session:
            if not session.execute(queued.values(values)).rowcount:  # type: ignore[attr-defined]
                return None
            row = session.get(ExportOrderRow, order_id)
            return _order(row) if row else None

    def report(self, order: ExportOrder, now: int, **values: Any) -> bool:
        """Record what an attempt has come to; returns False when it is no longer wanted."""
        mine = update(ExportOrderRow).filter_by(
            id=order.id, state="running", attempts=order.attempts
        )
        with self._begin() as session:
            done = session.execute(mine.values(beat_at=now, **values))
            return bool(done.rowcount)  # type: ignore[attr-defined]

    def ended(self, order_id: str, reason: str, now: int) -> None:
        """Record that the process of a running order ended early: it is made again, twice at most.

        `reason` is a sentence for its owner.
        """
        mine = update(ExportOrderRow).filter_by(id=order_id, state="running")
        with self._begin() as session:
            _queue_again(session, mine, reason, now)

    def put_back(self, order: ExportOrder) -> None:
        """Queue an order that a stopping worker had begun, as if it had not."""
        mine = update(ExportOrderRow).filter_by(
            id=order.id, state="running", attempts=order.attempts
        )
        with self._begin() as session:
            session.execute(mine.values(state="queued", attempts=order.attempts - 1, sent_at=0))

    def due(self, now: int) -> list[str]:
        """Return the orders whose task must be sent now: waiting, or expired.

        One whose process has fallen silent is queued again, and fails after `MOST_ATTEMPTS`.
        """
        silent = update(ExportOrderRow).where(
            ExportOrderRow.state == "running", ExportOrderRow.beat_at < now - SILENT_MS
        )
        waiting = or_(ExportOrderRow.state == "queued", ExportOrderRow.expires_at <= now)
        with self._begin() as session:
            _queue_again(session, silent, "Its process fell silent.", now)
            query = select(ExportOrderRow).where(waiting, ExportOrderRow.sent_at <= now - RESEND_MS)
            found = list(session.scalars(query.order_by(ExportOrderRow.created_at)))
            for row in found:
                row.sent_at = now
            return [row.id for row in found]


def _queue_again(session: Session, rows: Update, reason: str, now: int) -> None:
    """Queue orders whose process is gone, or let them fail after `MOST_ATTEMPTS`."""
    is_last = ExportOrderRow.attempts >= MOST_ATTEMPTS
    last = f"{reason} Weir tried {MOST_ATTEMPTS} times. Order it again."
    again = f"{reason} Weir makes it again."
    session.execute(rows.where(is_last).values(state="failed", fault=last, bytes=0))
    session.execute(
        rows.where(~is_last).values(state="queued", fault=again, beat_at=now, sent_at=0)
    )


def _order(row: ExportOrderRow) -> ExportOrder:
    fields = {name: getattr(row, name) for name in ExportOrder.__struct_fields__}
    fields["selection"] = msgspec.json.decode(row.selection, type=ExportSelection)
    return ExportOrder(**fields)
