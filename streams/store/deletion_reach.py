"""Whom a deletion reaches: machines of ours, capture clients that ask for it, and no others."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from streams.deletion import UnreachedClient
from streams.job import Client
from streams.store.client_schema import ClientRow, JobRow
from streams.store.clients import client_of
from streams.store.deletion_schema import DeletionRow, MachineWorkRow
from streams.store.engine import Begin
from streams.store.schema import SegmentRow, StreamRow


class DeletionReach:
    """What is known of capture clients. Our own agent asks for deletions, the old client never."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def adopt(self, client: Client) -> None:
        """Put a client down for what its owner had deleted since it was made."""
        row, work = DeletionRow, MachineWorkRow
        mine = select(work.deletion_id).where(work.machine == client.machine)
        query = select(row.id).where(
            row.account_id == client.account_id,
            row.asked_at >= client.created_at,
            row.compliance.is_(False),
            ~row.by_platform,
            row.id.not_in(mine),
        )
        with self._begin() as session:
            for deletion_id in session.scalars(query):
                session.add(work(deletion_id=deletion_id, machine=client.machine, looked=0))

    def is_done(self, deletion_id: str, machine: str) -> bool | None:
        """Return whether a machine has carried a deletion out; None when it was not asked to."""
        with self._begin() as session:
            row = session.get(MachineWorkRow, (deletion_id, machine))
            return None if row is None else row.done_at is not None

    def unreached(self, deletion_id: str) -> list[UnreachedClient]:
        """List the clients that had captured something by then, and cannot be told."""
        query = (
            select(ClientRow, StreamRow.collection)
            .join(JobRow, JobRow.client_id == ClientRow.id)
            .join(StreamRow, StreamRow.id == JobRow.stream_id)
            .join(DeletionRow, DeletionRow.account_id == ClientRow.account_id)
            .where(
                DeletionRow.id == deletion_id,
                DeletionRow.compliance.is_(False),
                ~DeletionRow.by_platform,
                JobRow.first_started_at <= DeletionRow.asked_at,
                ClientRow.deletes_at.is_(None) | ClientRow.revoked_at.is_not(None),
            )
            .order_by(ClientRow.id, JobRow.number)
        )
        with self._begin() as session:
            found: dict[int, tuple[Client, list[str]]] = {}
            for row, collection in session.execute(query):
                found.setdefault(row.id, (client_of(row), []))[1].append(collection or "")
            return [
                UnreachedClient(client.id, client.name, tuple(names))
                for client, names in found.values()
                if session.get(MachineWorkRow, (deletion_id, client.machine)) is None
            ]


def machines_of(session: Session, account_id: int, *, clients: bool) -> set[str]:
    """Name the machines with segments of an account, capture clients included or not."""
    segments = select(SegmentRow.machine).join(StreamRow, StreamRow.id == SegmentRow.stream_id)
    found = set(session.scalars(segments.where(StreamRow.account_id == account_id).distinct()))
    if clients:
        reached = select(ClientRow).where(
            ClientRow.account_id == account_id,
            ClientRow.deletes_at.is_not(None),
            ClientRow.revoked_at.is_(None),
        )
        found |= {client_of(row).machine for row in session.scalars(reached)}
    return found
