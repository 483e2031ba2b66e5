"""Accounts: the people who signed in."""

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from streams.store.engine import Begin
from streams.store.schema import AccountRow


class Account(msgspec.Struct, frozen=True):
    """Who somebody is. Their platform secret stays in the store."""

    id: int
    handle: str
    name: str
    avatar: str | None
    platform_id: str


class Accounts:
    """Reads and writes accounts."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def sign_in(
        self, platform_id: str, handle: str, name: str, avatar: str | None, secret: bytes, now: int
    ) -> Account:
        """Create or refresh the account of a platform user; `secret` is encrypted."""
        try:
            return self._sign_in(platform_id, handle, name, avatar, secret, now)
        except IntegrityError:  # another sign-in of theirs was quicker: the account is there now
            return self._sign_in(platform_id, handle, name, avatar, secret, now)

    def _sign_in(
        self, platform_id: str, handle: str, name: str, avatar: str | None, secret: bytes, now: int
    ) -> Account:
        with self._begin() as session:
            query = select(AccountRow).filter_by(platform="x", platform_id=platform_id)
            row = session.scalar(query)
            if row is None:
                row = AccountRow(platform="x", platform_id=platform_id, created_at=now)
                session.add(row)
            row.handle, row.name, row.avatar = handle[:50], name[:100], avatar
            row.secret, row.seen_at = secret, now
            session.flush()
            return _account(row)

    def get(self, account_id: int) -> Account | None:
        """Return an account by its number."""
        with self._begin() as session:
            row = session.get(AccountRow, account_id)
            return _account(row) if row else None


def _account(row: AccountRow) -> Account:
    return Account(row.id, row.handle, row.name, row.avatar, row.platform_id)
