"""Invitations: who may come in for the first time, and as what."""

from typing import cast

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from streams.role import Role
from streams.secret import fingerprint, new_token
from streams.store import account_changes
from streams.store.account_schema import InvitationRow
from streams.store.accounts import Account, NameTakenError, account_of, add_local
from streams.store.engine import Begin

FIRST_LINK_MS = 24 * 3_600_000
"""How long the link counts that makes the first administrator."""


class InvitationSummary(msgspec.Struct, frozen=True):
    """An invitation that nobody has accepted; `handle` null is a link for a local account.

    With a `domain`, it is a link for so many (`seats`) more accounts with names of that domain.
    """

    id: int
    handle: str | None
    role: Role
    invited_by: int | None
    created_at: int
    expires_at: int | None
    domain: str | None = None
    seats: int | None = None


class LinkOffer(msgspec.Struct, frozen=True):
    """What a link gives: a role, and the domain that names end in, if it is for one."""

    role: Role
    domain: str | None = None


class Invitations:
    """Reads and writes invitations; every change is recorded."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def invite_handle(
        self, handle: str, role: Role, now: int, expires_at: int | None, actor_id: int | None
    ) -> InvitationSummary:
        """Let an account at X sign in; an earlier invitation of the same handle is replaced."""
        folded = handle.casefold()
        with self._begin() as session:
            session.execute(delete(InvitationRow).where(InvitationRow.handle == folded, _is_open()))
            row = _row(role, now, expires_at, actor_id)
            row.handle = folded
            session.add(row)
            session.flush()
            account_changes.record(
                session, now, actor_id, None, "invited", handle=folded, role=role
            )
            return _summary(row)

    def invite_link(
        self, role: Role, now: int, expires_at: int | None, actor_id: int | None
    ) -> tuple[InvitationSummary, str]:
        """Make a link's token, which makes one local account; it can be read only now."""
        token = new_token()
        with self._begin() as session:
            row = _row(role, now, expires_at, actor_id)
            row.hash = fingerprint(token)
            session.add(row)
            session.flush()
            account_changes.record(session, now, actor_id, None, "invited", link=row.id, role=role)
            return _summary(row), token

    def invite_domain(
        self, domain: str, seats: int, role: Role, now: int, expires_at: int, actor_id: int | None
    ) -> tuple[InvitationSummary, str]:
        """Make the token of a link for accounts of a domain; earlier ones of that domain end."""
        token = new_token()
        with self._begin() as session:
            session.execute(delete(InvitationRow).where(InvitationRow.domain == domain))
            row = _row(role, now, expires_at, actor_id)
            row.hash, row.domain, row.seats = fingerprint(token), domain, seats
            session.add(row)
            session.flush()
            detail = {"domain": domain, "seats": seats, "role": role}
            account_changes.record(session, now, actor_id, None, "invited", **detail)
            return _summary(row), token

    def first_link(self, now: int) -> str:
        """Make the token that makes an administrator; those that the server made before end."""
        with self._begin() as session:
            row = InvitationRow
            earlier = (row.invited_by.is_(None), row.hash.is_not(None), row.domain.is_(None))
            session.execute(delete(InvitationRow).where(*earlier, _is_open()))
        return self.invite_link("administrator", now, now + FIRST_LINK_MS, None)[1]

    def all(self) -> list[InvitationSummary]:
        """List the invitations that nobody has accepted, oldest first."""
        query = select(InvitationRow).where(_is_open()).order_by(InvitationRow.id)
        with self._begin() as session:
            return [_summary(row) for row in session.scalars(query)]

    def withdraw(self, invitation_id: int, now: int, actor_id: int | None) -> bool:
        """Withdraw an invitation; return False when there is none."""
        with self._begin() as session:
            row = session.get(InvitationRow, invitation_id)
            if row is None or row.accepted_at is not None:
                return False
            account_changes.record(
                session, now, actor_id, None, "invitation_withdrawn", **_named(row)
            )
            session.delete(row)
            return True

    def role_of_handle(self, handle: str, now: int) -> Role | None:
        """Return the role that an X handle is invited to, or None."""
        query = select(InvitationRow).where(
            InvitationRow.handle == handle.casefold(), _is_open(), _counts(now)
        )
        with self._begin() as session:
            row = session.scalar(query.order_by(InvitationRow.id.desc()))
            return cast(Role, row.role) if row else None

    def accept_handle(self, handle: str, account_id: int, now: int) -> None:
        """Record that the account of an invited handle came in."""
        query = select(InvitationRow).where(InvitationRow.handle == handle.casefold(), _is_open())
        with self._begin() as session:
            for row in session.scalars(query):
                row.accepted_by, row.accepted_at = account_id, now

    def offer_of_link(self, token: str, now: int) -> LinkOffer | None:
        """Return what a link gives, None when it is unknown, used or expired."""
        query = select(InvitationRow).where(
            InvitationRow.hash == fingerprint(token), _is_open(), _counts(now)
        )
        with self._begin() as session:
            row = session.scalar(query)
            return LinkOffer(cast(Role, row.role), row.domain) if row else None

    def accept_link(self, token: str, name: str, password: str, now: int) -> Account | None:
        """Create a local account of a link, which is used up with its last; `password` is hashed.

        None when the link is unknown, used or expired. Raises NameTakenError, and the link stays.
        """
        link = (InvitationRow.hash == fingerprint(token), _is_open(), _counts(now))
        given = (InvitationRow.role, InvitationRow.invited_by)
        seats = InvitationRow.seats
        taking_seat = update(InvitationRow).where(*link, seats > 1).values(seats=seats - 1)
        taking_last = delete(InvitationRow).where(*link, seats.is_(None) | (seats <= 1))
        try:
            with self._begin() as session:
                taken = session.execute(taking_seat.returning(*given)).first()
                taken = taken or session.execute(taking_last.returning(*given)).first()
                if taken is None:
                    return None
                row = add_local(session, name, password, cast(Role, taken.role), now)
                account_changes.record(
                    session, now, taken.invited_by, row.id, "joined", role=taken.role
                )
                return account_of(row)
        except IntegrityError:
            raise NameTakenError(f"there is a local account {name!r} already") from None


def _is_open() -> ColumnElement[bool]:
    return InvitationRow.accepted_at.is_(None)


def _counts(now: int) -> ColumnElement[bool]:
    return InvitationRow.expires_at.is_(None) | (InvitationRow.expires_at > now)


def _row(role: Role, now: int, expires_at: int | None, actor_id: int | None) -> InvitationRow:
    return InvitationRow(role=role, created_at=now, expires_at=expires_at, invited_by=actor_id)


def _summary(row: InvitationRow) -> InvitationSummary:
    return InvitationSummary(
        row.id,
        row.handle,
        cast(Role, row.role),
        row.invited_by,
        row.created_at,
        row.expires_at,
        row.domain,
        row.seats,
    )


def _named(row: InvitationRow) -> dict[str, object]:
    """Return whom an invitation is for, for the record."""
    return {"id": row.id, "handle": row.handle, "domain": row.domain}
