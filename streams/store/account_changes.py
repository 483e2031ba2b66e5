"""Account changes: the record of what was done to accounts, and who did it."""

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from streams.store.account_schema import AccountChangeRow


class AccountChange(msgspec.Struct, frozen=True):
    """One change; `actor_id` null is a command on the server."""

    id: int
    at: int
    actor_id: int | None
    account_id: int | None
    what: str
    detail: dict[str, Any]


def record(
    session: Session,
    at: int,
    actor_id: int | None,
    account_id: int | None,
    what: str,
    **detail: Any,
) -> None:
    """Write down a change in the transaction that makes it."""
    text = msgspec.json.encode(detail).decode()
    session.add(
        AccountChangeRow(at=at, actor_id=actor_id, account_id=account_id, what=what, detail=text)
    )


def read(row: AccountChangeRow) -> AccountChange:
    """Read a row."""
    detail = msgspec.json.decode(row.detail)
    return AccountChange(row.id, row.at, row.actor_id, row.account_id, row.what, detail)
