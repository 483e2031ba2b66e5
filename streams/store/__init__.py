"""The SQL store: everything that must outlive Redis. SQLAlchemy is known here and nowhere else."""

from contextlib import nullcontext

from sqlalchemy import Engine, text
from sqlalchemy.exc import InternalError
from sqlalchemy.exc import SQLAlchemyError as StoreError

from streams.store.accounts import Accounts
from streams.store.clients import Clients
from streams.store.corrections import Corrections
from streams.store.deletion_reach import DeletionReach
from streams.store.deletions import Deletions
from streams.store.doubts import Doubts
from streams.store.engine import (
    MAX_ID,
    DatabaseDown,
    DatabaseTooSlow,
    Limit,
    first_line,
    open_engine,
    sessions,
)
from streams.store.exports import Exports
from streams.store.gaps import Gaps
from streams.store.instances import Instances
from streams.store.invitations import Invitations
from streams.store.jobs import Jobs
from streams.store.minutes import Minutes
from streams.store.people import People
from streams.store.positions import Positions
from streams.store.quotas import Quotas
from streams.store.replays import Replays
from streams.store.segments import Segments
from streams.store.sqlite import Run, run_here
from streams.store.streams import Streams
from streams.store.tokens import Tokens


class Store:
    """One database, by its kinds of record."""

    def __init__(self, engine: Engine, limit: Limit = nullcontext) -> None:
        begin = sessions(engine, limit)
        self.engine = engine
        self.accounts = Accounts(begin)
        self.tokens = Tokens(begin)
        self.people = People(begin)
        self.invitations = Invitations(begin)
        self.quotas = Quotas(begin)
        self.streams = Streams(begin)
        self.minutes = Minutes(begin)
        self.segments = Segments(begin)
        self.gaps = Gaps(begin)
        self.doubts = Doubts(begin)
        self.corrections = Corrections(begin)
        self.positions = Positions(begin)
        self.instances = Instances(begin)
        self.replays = Replays(begin)
        self.exports = Exports(begin)
        self.clients = Clients(begin)
        self.jobs = Jobs(begin)
        self.deletions = Deletions(begin)
        self.deletion_reach = DeletionReach(begin)

    @classmethod
    def open(
        cls,
        url: str,
        busy_seconds: float = 10.0,
        run: Run = run_here,
        limit: Limit = nullcontext,
    ) -> "Store":
        """Open a database by its URL; `python -m streams.store.migrate` migrates it.

        A statement waits `busy_seconds` for SQLite's write lock before it raises DatabaseDown.
        `run` runs what SQLite does with its file, `limit` bounds each transaction.
        """
        return cls(open_engine(url, busy_seconds, run), limit)

    def ping(self) -> None:
        """Ask the database something, or raise StoreError."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def check_writable(self) -> None:
        """Raise DatabaseDown, or StoreError, unless the database can be written now."""
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.rollback()
            elif connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise InternalError("read-only", None, Exception("the database is read-only"))


__all__ = [
    "MAX_ID",
    "DatabaseDown",
    "DatabaseTooSlow",
    "Limit",
    "Run",
    "Store",
    "StoreError",
    "first_line",
]
