"""Tokens of ours (a browser session, the old client's, an API token) and sign-ins under way."""

from collections.abc import Collection
from typing import Literal, cast

import msgspec
from sqlalchemy import delete, select

from streams.role import Scope
from streams.secret import fingerprint, new_token
from streams.store.accounts import Account, account_of
from streams.store.engine import Begin
from streams.store.schema import AccountRow, SignInRow, TokenRow

Kind = Literal["session", "old", "api"]
KIND_SCOPES: dict[Kind, Scope] = {"session": "admin", "old": "write", "api": "write"}
"""The scope of a new token, if none is asked for."""
SIGN_IN_MS = 15 * 60 * 1000
"""How long a sign-in may take."""
ID_LENGTH = 16
"""Digits of a fingerprint by which an owner names a token."""


class PendingSignIn(msgspec.Struct, frozen=True):
    """A sign-in under way; `secret` is the encrypted request-token secret."""

    secret: bytes
    browser: str | None


class TokenSummary(msgspec.Struct, frozen=True):
    """What is shown of a token: enough to recognise it, not enough to use it."""

    id: str
    name: str
    created_at: int
    expires_at: int | None
    scope: Scope = "write"
    last_used_at: int | None = None


class TokenHolder(msgspec.Struct, frozen=True):
    """Whose token it is, and what it passes on of what they may do."""

    account: Account
    scope: Scope


class Tokens:
    """Reads and writes tokens and sign-ins."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def issue(
        self,
        account_id: int,
        kind: Kind,
        now: int,
        lives_ms: int | None,
        name: str = "",
        scope: Scope | None = None,
    ) -> str:
        """Make a token; this is the only time that it can be read. Those that expired go."""
        token = new_token()
        expires_at = None if lives_ms is None else now + lives_ms
        with self._begin() as session:
            session.execute(delete(TokenRow).where(TokenRow.expires_at <= now))
            session.add(
                TokenRow(
                    hash=fingerprint(token),
                    account_id=account_id,
                    kind=kind,
                    name=name,
                    created_at=now,
                    expires_at=expires_at,
                    scope=scope or KIND_SCOPES[kind],
                )
            )
        return token

    def holder(self, token: str, kind: Kind, now: int) -> TokenHolder | None:
        """Return whose token of that kind it is, and its scope.

        None when it is unknown, expired or revoked, or when the account is suspended.
        """
        query = (
            select(AccountRow, TokenRow.expires_at, TokenRow.scope)
            .join(TokenRow, TokenRow.account_id == AccountRow.id)
            .where(TokenRow.hash == fingerprint(token), TokenRow.kind == kind)
        )
        with self._begin() as session:
            found = session.execute(query).first()
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            return None
        account = account_of(found[0])
        return TokenHolder(account, found.scope) if account.suspended_at is None else None

    def account(self, token: str, kind: Kind, now: int) -> Account | None:
        """Return whose token of that kind it is; None as for `holder`."""
        found = self.holder(token, kind, now)
        return found.account if found else None

    def revoke(self, token: str) -> None:
        """Make a token worthless."""
        with self._begin() as session:
            session.execute(delete(TokenRow).where(TokenRow.hash == fingerprint(token)))

    def valid(self, hashes: Collection[str], now: int) -> set[str]:
        """Return those of some tokens' fingerprints that still count."""
        alive = (TokenRow.expires_at.is_(None)) | (TokenRow.expires_at > now)
        query = (
            select(TokenRow.hash)
            .join(AccountRow, TokenRow.account_id == AccountRow.id)
            .where(TokenRow.hash.in_(hashes), alive, AccountRow.suspended_at.is_(None))
        )
        with self._begin() as session:
            return set(session.scalars(query))

    def of_account(self, account_id: int, kind: Kind) -> list[TokenSummary]:
        """List an account's tokens of a kind, oldest first."""
        query = select(TokenRow).where(TokenRow.account_id == account_id, TokenRow.kind == kind)
        with self._begin() as session:
            return [
                TokenSummary(
                    row.hash[:ID_LENGTH],
                    row.name,
                    row.created_at,
                    row.expires_at,
                    cast(Scope, row.scope),
                    row.last_used_at,
                )
                for row in session.scalars(query.order_by(TokenRow.created_at, TokenRow.hash))
            ]

    def revoke_by_id(self, account_id: int, kind: Kind, token_id: str) -> str | None:
        """Make an account's token worthless; return its fingerprint, None when there is none."""
        query = select(TokenRow).where(
            TokenRow.account_id == account_id,
            TokenRow.kind == kind,
            TokenRow.hash.startswith(token_id, autoescape=True),
        )
        with self._begin() as session:
            row = session.scalar(query) if len(token_id) == ID_LENGTH else None
            if row is None:
                return None
            session.delete(row)
            return row.hash

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

    def end_sign_in(self, request_token: str, now: int) -> PendingSignIn | None:
        """Take a sign-in: it can be ended once; None when unknown or too old."""
        query = (
            delete(SignInRow)
            .where(SignInRow.request_token == request_token)
            .returning(SignInRow.secret, SignInRow.browser, SignInRow.created_at)
        )
        with self._begin() as session:
            row = session.execute(query).first()
        if row is None or row.created_at < now - SIGN_IN_MS:
            return None
        return PendingSignIn(row.secret, row.browser)
