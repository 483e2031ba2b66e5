"""Capture clients: machines that ask for work with a token of their own."""

from sqlalchemy import delete, select, update

from streams.job import Client
from streams.secret import fingerprint, new_token
from streams.store.client_schema import ClientRow
from streams.store.deletion_schema import MachineWorkRow
from streams.store.engine import Begin
from streams.store.schema import AccountRow


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
        """Return whose token it is; None when unknown, revoked, or its owner suspended."""
        query = (
            select(ClientRow)
            .join(AccountRow, ClientRow.account_id == AccountRow.id)
            .where(
                ClientRow.hash == fingerprint(token),
                ClientRow.revoked_at.is_(None),
                AccountRow.suspended_at.is_(None),
            )
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
        """Record a heartbeat."""
        with self._begin() as session:
            session.execute(update(ClientRow).where(ClientRow.id == client_id).values(seen_at=now))

    def deletes(self, client_id: int, now: int) -> None:
        """Record that it asks for deletion orders."""
        new = (ClientRow.id == client_id, ClientRow.deletes_at.is_(None))
        with self._begin() as session:
            session.execute(update(ClientRow).where(*new).values(deletes_at=now))

    def revoke(self, client_id: int, now: int) -> None:
        """Make its token worthless for ever; no deletion waits for it any more."""
        with self._begin() as session:
            row = session.get(ClientRow, client_id)
            if row is None or row.revoked_at is not None:
                return
            row.revoked_at = now
            work = MachineWorkRow
            waiting = (work.machine == client_of(row).machine, work.done_at.is_(None))
            session.execute(delete(work).where(*waiting))


def client_of(row: ClientRow) -> Client:
    """Read a row."""
    return Client(
        row.id,
        row.account_id,
        row.name,
        row.created_at,
        row.seen_at,
        row.revoked_at,
        row.deletes_at,
    )
