"""Tokens of ours (a browser session, the old client's, an API token) and sign-ins under way."""

from typing import Literal

import msgspec
from sqlalchemy import delete, select

from streams.secret import fingerprint, new_token
from streams.store.accounts import Account
from streams.store.engine import Begin
from streams.store.schema import AccountRow, SignInRow, TokenRow

Kind = Literal["session", "old", "api"]
SIGN_IN_MS = 15 * 60 * 1000
"""How long a sign-in may take."""


class SignIn(msgspec.Struct, frozen=True):
    """A sign-in under way; `secret` is the encrypted request-token secret."""

    secret: bytes
    browser: str | None


class Tokens:
    """Reads and writes tokens and sign-ins."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def issue(
        self, account_id: int, kind: Kind, now: int, lives_ms: int | None, name: str = ""
    ) -> str:
        """Make a token; this is the only time that it can be read."""
        token = new_token()
        expires_at = None if lives_ms is None else now + lives_ms
        with self._begin() as session:
            session.add(
                TokenRow(
                    hash=fingerprint(token),
                    account_id=account_id,
                    kind=kind,
                    name=name,
                    created_at=now,
                    expires_at=expires_at,
                )
            )
        return token

    def account(self, token: str, kind: Kind, now: int) -> Account | None:
        """Return whose token of that kind it is; None when unknown, expired or revoked."""
        query = (
            select(AccountRow, TokenRow.expires_at)
            .join(TokenRow, TokenRow.account_id == AccountRow.id)
            .where(TokenRow.hash == fingerprint(token), TokenRow.kind == kind)
        )
        with self._begin() as session:
            found = session.execute(query).first()
        if found is None or (found[1] is not None and found[1] <= now):
            return None
        row = found[0]
        return Account(row.id, row.handle, row.name, row.avatar, row.platform_id)

    def revoke(self, token: str) -> None:
        """Make a token worthless."""
        with self._begin() as session:
            session.execute(delete(TokenRow).where(TokenRow.hash == fingerprint(token)))

    def begin_sign_in(
        self, request_token: str, secret: bytes, browser: str | None, now: int
    ) -> None:
        """Remember a sign-in, and forget those that took too long."""
        with self._begin() as session:
            session.execute(delete(SignInRow).where(SignInRow.created_at < now - SIGN_IN_MS))
            session.merge(
                SignInRow(
                    request_token=request_token, secret=secret, browser=browser, created_at=now
                )
            )

    def end_sign_in(self, request_token: str, now: int) -> SignIn | None:
        """Take a sign-in: it can be ended once; None when unknown or too old."""
        with self._begin() as session:
            row = session.get(SignInRow, request_token)
            if row is None:
                return None
            session.delete(row)
            if row.created_at < now - SIGN_IN_MS:
                return None
            return SignIn(row.secret, row.browser)
