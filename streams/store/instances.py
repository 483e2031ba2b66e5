"""Instances: the Mastodon instances that people added, with their encrypted tokens."""

import msgspec
from sqlalchemy import select

from streams.instance import Instance
from streams.live.report import Fault
from streams.store.engine import Begin
from streams.store.instance_schema import InstanceRow


class Instances:
    """Reads and writes instances: the web adds and removes, a worker records checks."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def put(self, account_id: int, address: str, token: bytes, now: int) -> Instance:
        """Add an instance, or give the one of that address another token (encrypted)."""
        query = select(InstanceRow).where(
            InstanceRow.account_id == account_id, InstanceRow.address == address
        )
        with self._begin() as session:
            row = session.scalar(query)
            if row is None:
                row = InstanceRow(account_id=account_id, address=address)
                session.add(row)
            row.token, row.added_at, row.checked_at, row.fault = token, now, None, None
            session.flush()
            return _instance(row)

    def of_account(self, account_id: int) -> list[Instance]:
        """List the instances of an account, in the order in which they were added first."""
        query = select(InstanceRow).where(InstanceRow.account_id == account_id)
        with self._begin() as session:
            return [_instance(row) for row in session.scalars(query.order_by(InstanceRow.id))]

    def access(self, instance_id: int) -> tuple[Instance, bytes] | None:
        """Return an instance with its encrypted token, whoever owns it: check the owner."""
        with self._begin() as session:
            row = session.get(InstanceRow, instance_id)
            return (_instance(row), row.token) if row else None

    def record_check(self, before: Instance, now: int, fault: Fault | None) -> None:
        """Record what a check came to, unless the token is another one since."""
        with self._begin() as session:
            row = session.get(InstanceRow, before.id)
            if row is not None and row.added_at == before.added_at:
                row.checked_at = now
                row.fault = msgspec.json.encode(fault).decode() if fault else None

    def remove(self, account_id: int, instance_id: int) -> bool:
        """Remove an instance of an account and its token; False when there is none."""
        with self._begin() as session:
            row = session.get(InstanceRow, instance_id)
            if row is None or row.account_id != account_id:
                return False
            session.delete(row)
            return True


def _instance(row: InstanceRow) -> Instance:
    return Instance(
        id=row.id,
        account_id=row.account_id,
        address=row.address,
        added_at=row.added_at,
        checked_at=row.checked_at,
        fault=msgspec.json.decode(row.fault, type=Fault) if row.fault else None,
    )
