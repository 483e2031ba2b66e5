"""People: what administrators see of accounts, and what they change."""

from collections.abc import Mapping
from typing import cast

import msgspec
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from streams.role import Role
from streams.store import account_changes
from streams.store.account_changes import AccountChange
from streams.store.account_schema import AccountChangeRow
from streams.store.accounts import Account, account_of
from streams.store.engine import Begin
from streams.store.schema import AccountRow, TokenRow


class LastAdministratorError(ValueError):
    """The change would leave Weir without an administrator."""


class PersonSummary(msgspec.Struct, frozen=True):
    """An account as administrators see it; times are ms since the epoch."""

    id: int
    platform: str
    handle: str
    name: str
    role: Role
    created_at: int
    seen_at: int
    suspended_at: int | None
    sessions: int


class People:
    """Reads and changes accounts for administrators; every change is recorded."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def all(self) -> list[PersonSummary]:
        """List all accounts, in the order in which they were created."""
        counts = (
            select(TokenRow.account_id, func.count())
            .where(TokenRow.kind != "api")
            .group_by(TokenRow.account_id)
        )
        with self._begin() as session:
            sessions = {each[0]: each[1] for each in session.execute(counts)}
            rows = session.scalars(select(AccountRow).order_by(AccountRow.id))
            return [_summary(row, sessions.get(row.id, 0)) for row in rows]

    def named(self, handle: str) -> list[Account]:
        """Return the accounts with a handle, whatever its case: local ones first."""
        query = select(AccountRow).where(func.lower(AccountRow.handle) == handle.lower())
        with self._begin() as session:
            return [account_of(row) for row in session.scalars(query.order_by(AccountRow.platform))]

    def has_administrator(self) -> bool:
        """Return whether anybody is an administrator who may come in."""
        with self._begin() as session:
            return session.scalar(_administrators()) != 0

    def change(
        self,
        account_id: int,
        now: int,
        actor_id: int | None,
        *,
        role: Role | None = None,
        suspended: bool | None = None,
    ) -> Account | None:
        """Change what is given; None when there is no such account.

        Raises LastAdministratorError. A suspended account's sessions end.
        """
        with self._begin() as session:
            # SQLite and PostgreSQL both lock here, so that two changes cannot pass each other.
            session.execute(update(AccountRow).values(role=AccountRow.role))
            row = session.get(AccountRow, account_id)
            if row is None:
                return None
            was_administrator = row.role == "administrator" and row.suspended_at is None
            if role is not None and role != row.role:
                detail = {"before": row.role, "after": role}
                row.role = role
                account_changes.record(session, now, actor_id, row.id, "role_changed", **detail)
            if suspended is not None and suspended != (row.suspended_at is not None):
                row.suspended_at = now if suspended else None
                what = "suspended" if suspended else "resumed"
                account_changes.record(session, now, actor_id, row.id, what)
                if suspended:
                    _end_sessions(session, row.id)
            session.flush()
            if was_administrator and session.scalar(_administrators()) == 0:
                raise LastAdministratorError("Weir would be left without an administrator")
            return account_of(row)

    def end_sessions(self, account_id: int, now: int, actor_id: int | None) -> list[str]:
        """End an account's sessions on the page and in the older client; return fingerprints."""
        with self._begin() as session:
            gone = _end_sessions(session, account_id)
            account_changes.record(
                session, now, actor_id, account_id, "sessions_ended", count=len(gone)
            )
            return gone

    def changes(self, limit: int, offset: int) -> tuple[list[AccountChange], int]:
        """Return some of the recorded changes, newest first, and how many there are."""
        query = select(AccountChangeRow).order_by(AccountChangeRow.id.desc())
        with self._begin() as session:
            found = session.scalars(query.limit(limit).offset(offset))
            total = session.scalar(select(func.count()).select_from(AccountChangeRow)) or 0
            return [account_changes.read(row) for row in found], total

    def record(
        self, now: int, actor_id: int | None, account_id: int | None, what: str, **detail: object
    ) -> None:
        """Record a change that somebody else makes."""
        with self._begin() as session:
            account_changes.record(session, now, actor_id, account_id, what, **detail)

    def seen(self, accounts: Mapping[int, int], tokens: Mapping[str, int]) -> None:
        """Record when accounts, and tokens by their fingerprints, were last used (ms)."""
        with self._begin() as session:
            for account_id, at in accounts.items():
                session.execute(
                    update(AccountRow).where(AccountRow.id == account_id).values(seen_at=at)
                )
            for token, at in tokens.items():
                session.execute(
                    update(TokenRow).where(TokenRow.hash == token).values(last_used_at=at)
                )


def _administrators() -> Select[int]:
    return (
        select(func.count())
        .select_from(AccountRow)
        .where(AccountRow.role == "administrator", AccountRow.suspended_at.is_(None))
    )


def _end_sessions(session: Session, account_id: int) -> list[str]:
    gone = (
        delete(TokenRow)
        .where(TokenRow.account_id == account_id, TokenRow.kind != "api")
        .returning(TokenRow.hash)
    )
    return list(session.scalars(gone))


def _summary(row: AccountRow, sessions: int) -> PersonSummary:
    return PersonSummary(
        row.id,
        row.platform,
        row.handle,
        row.name,
        cast(Role, row.role),
        row.created_at,
        row.seen_at,
        row.suspended_at,
        sessions,
    )
