"""Capture clients: machines that ask for work with a token of their own."""

from sqlalchemy import select, update

from streams.job import Client
from streams.secret import fingerprint, new_token
from streams.store.client_schema import ClientRow
from streams.store.engine import Begin


class Clients:
    """Reads and writes capture clients. Only the web writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def create(self, account_id: int, name: str, now: int) -> tuple[Client, str]:
        """Make a client and its token; this is the only time that the token can be read."""
        token = new_token()
        row = ClientRow(account_id=account_id, name=name, hash=fingerprint(token), created_at=now)
        with self._begin() as session:
            session.add(row)
            session.flush()
            return client_of(row), token

    def of_token(self, token: str) -> Client | None:
        """Return whose token it is; None when unknown or revoked."""
        query = select(ClientRow).where(
            ClientRow.hash == fingerprint(token), ClientRow.revoked_at.is_(None)
        )
        with self._begin() as session:
            row = session.scalar(query)
            return client_of(row) if row else None

    def get(self, client_id: int) -> Client | None:
        """Return a client, whoever owns it and revoked or not: check both."""
        with self._begin() as session:
            row = session.get(ClientRow, client_id)
            return client_of(row) if row else None

    def of_account(self, account_id: int) -> list[Client]:
        """List an account's clients, oldest first, without the revoked ones."""
        query = select(ClientRow).where(
            ClientRow.account_id == account_id, ClientRow.revoked_at.is_(None)
        )
        with self._begin() as session:
            return [client_of(row) for row in session.scalars(query.order_by(ClientRow.id))]

    def seen(self, client_id: int, now: int) -> None:
        """Note a sign of life."""
        with self._begin() as session:
            session.execute(update(ClientRow).where(ClientRow.id == client_id).values(seen_at=now))

    def revoke(self, client_id: int, now: int) -> None:
        """Make its token worthless for ever."""
        with self._begin() as session:
            session.execute(
                update(ClientRow)
                .where(ClientRow.id == client_id, ClientRow.revoked_at.is_(None))
                .values(revoked_at=now)
            )


def client_of(row: ClientRow) -> Client:
    """Read a row."""
    return Client(row.id, row.account_id, row.name, row.created_at, row.seen_at, row.revoked_at)
