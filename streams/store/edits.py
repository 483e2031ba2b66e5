"""Edits: the record of what became of a stream, and who did it."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from streams.store.schema import EditRow, StreamRow


class Edit(msgspec.Struct, frozen=True):
    """One change of a stream: only the fields that changed, before and after."""

    at: int
    account_id: int | None
    """Who did it; None is the server, which places streams, and sees them run, fail and end."""
    generation: int
    before: dict[str, object]
    after: dict[str, object]


def of(session: Session, stream_id: str) -> list[Edit]:
    """List the changes of a stream, oldest first."""
    query = select(EditRow).where(EditRow.stream_id == stream_id).order_by(EditRow.id)
    return [
        Edit(
            row.at,
            row.account_id,
            row.generation,
            msgspec.json.decode(row.before),
            msgspec.json.decode(row.after),
        )
        for row in session.scalars(query)
    ]


def record(
    session: Session,
    row: StreamRow,
    account_id: int | None,
    now: int,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Write down what changed of a stream, and who did it."""
    changed = [key for key in after if before.get(key) != after[key]]
    session.add(
        EditRow(
            stream_id=row.id,
            account_id=account_id,
            at=now,
            generation=row.generation,
            before=msgspec.json.encode({key: before.get(key) for key in changed}).decode(),
            after=msgspec.json.encode({key: after[key] for key in changed}).decode(),
        )
    )
