"""Accounts: the people who signed in, by X or with a name and password of their own."""

import re
from typing import cast

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from streams.role import Role
from streams.store import account_changes
from streams.store.engine import Begin
from streams.store.schema import AccountRow, TokenRow

LOCAL, X = "local", "x"
"""Where somebody is known: here, or at X."""
LOCAL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,29}")
LOCAL_NAME_EXPECTED = "a name has 2 to 30 letters, digits, dots, dashes and underscores"
"""The form of a local account's name; after a domain's link, @ and the domain follow."""
MAX_NAME = 40
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


class NameTakenError(ValueError):
    """Another local account has this name."""


class Account(msgspec.Struct, frozen=True):
    """Who somebody is. Their platform secret and password stay in the store."""

    id: int
    handle: str
    name: str
    avatar: str | None
    platform_id: str
    platform: str = X
    role: Role = "editor"
    suspended_at: int | None = None


def is_domain(text: str) -> bool:
    """Return whether a text can be the domain of names, in lower case."""
    return _DOMAIN.fullmatch(text) is not None and len(text) <= MAX_NAME - 3


def is_local_name(text: str) -> bool:
    """Return whether a local account can have a name, with or without a domain."""
    name, at, domain = text.partition("@")
    is_of_domain = not at or is_domain(domain.lower())
    return LOCAL_NAME.fullmatch(name) is not None and is_of_domain and len(text) <= MAX_NAME


class Accounts:
    """Reads and writes accounts."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def sign_in(
        self,
        platform_id: str,
        handle: str,
        name: str,
        avatar: str | None,
        secret: bytes,
        now: int,
        role: Role = "editor",
    ) -> Account:
        """Create or refresh the account of an X user; `role` is that of a new account.

        `secret` is encrypted.
        """
        values = (platform_id, handle, name, avatar, secret, now, role)
        try:
            return self._sign_in(*values)
        except IntegrityError:  # another sign-in of theirs was quicker: the account is there now
            return self._sign_in(*values)

    def _sign_in(
        self,
        platform_id: str,
        handle: str,
        name: str,
        avatar: str | None,
        secret: bytes,
        now: int,
        role: Role,
    ) -> Account:
        with self._begin() as session:
            query = select(AccountRow).filter_by(platform=X, platform_id=platform_id)
            row = session.scalar(query)
            is_new = row is None
            if row is None:
                row = AccountRow(platform=X, platform_id=platform_id, created_at=now, role=role)
                session.add(row)
            row.handle, row.name, row.avatar = handle[:50], name[:100], avatar
            row.secret, row.seen_at = secret, now
            session.flush()
            if is_new:
                account_changes.record(session, now, row.id, row.id, "created", role=role)
            return account_of(row)

    def create_local(
        self, name: str, password: str, role: Role, now: int, actor_id: int | None = None
    ) -> Account:
        """Create a local account; `password` is hashed. Raises NameTakenError."""
        try:
            with self._begin() as session:
                row = add_local(session, name, password, role, now)
                account_changes.record(session, now, actor_id, row.id, "created", role=role)
                return account_of(row)
        except IntegrityError:
            raise NameTakenError(f"there is a local account {name!r} already") from None

    def get(self, account_id: int) -> Account | None:
        """Return an account by its number."""
        with self._begin() as session:
            row = session.get(AccountRow, account_id)
            return account_of(row) if row else None

    def of_platform(self, platform: str, platform_id: str) -> Account | None:
        """Return the account of a platform's user; a local account's id is its name, casefolded."""
        query = select(AccountRow).filter_by(platform=platform, platform_id=platform_id)
        with self._begin() as session:
            row = session.scalar(query)
            return account_of(row) if row else None

    def password(self, account_id: int) -> str | None:
        """Return the hash of an account's password; None when it has none."""
        with self._begin() as session:
            row = session.get(AccountRow, account_id)
            return row.password if row else None

    def set_password(
        self, account_id: int, password: str, now: int, actor_id: int | None, keep: str = ""
    ) -> None:
        """Change a password, given as its hash, and end the account's sessions.

        The session whose fingerprint is `keep` stays.
        """
        with self._begin() as session:
            row = session.get_one(AccountRow, account_id)
            row.password = password
            gone = delete(TokenRow).where(
                TokenRow.account_id == account_id, TokenRow.kind != "api", TokenRow.hash != keep
            )
            session.execute(gone)
            account_changes.record(session, now, actor_id, account_id, "password_changed")


def add_local(session: Session, name: str, password: str, role: Role, now: int) -> AccountRow:
    """Add a local account to a transaction; IntegrityError when its name is taken."""
    row = AccountRow(
        platform=LOCAL,
        platform_id=name.casefold(),
        handle=name,
        name=name,
        secret=b"",
        password=password,
        role=role,
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    session.flush()
    return row


def account_of(row: AccountRow) -> Account:
    """Read a row."""
    return Account(
        row.id,
        row.handle,
        row.name,
        row.avatar,
        row.platform_id,
        row.platform,
        cast(Role, row.role),
        row.suspended_at,
    )
