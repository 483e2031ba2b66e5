"""How to reach the SQL database, and what may go wrong on the way."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

from streams.store.sqlite import Run, open_sqlite, run_here

DatabaseDown = (OperationalError, InterfaceError, InternalError, TimeoutError)
"""Raised when the database is away, locked, read-only or full, and not when a query is wrong."""
ANSWER_SECONDS = 10.0
"""Within which a database server answers: one that stands still may keep connections open."""
MAX_ID = 2**31 - 1
"""The largest number that a row can have as its id."""

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction: commits at the end of the block, rolls back on an exception."""
Limit = Callable[[], AbstractContextManager[None]]
"""Bounds how long the block may take."""


class DatabaseTooSlow(TimeoutError):  # noqa: N818
    """The database did not answer in time; a change may have been made or not."""


def first_line(error: Exception) -> str:
    """Return the first line of an error: those after it quote the statement and its values."""
    return str(error).partition("\n")[0]


def open_engine(
    url: str,
    busy_seconds: float = 10.0,
    run: Run = run_here,
    answer_seconds: float = ANSWER_SECONDS,
) -> Engine:
    """Return an engine; SQLite gets write-ahead logging, foreign keys, a file for its owner alone.

    A statement waits `busy_seconds` for another process's write lock on SQLite, and
    `answer_seconds` for an answer of PostgreSQL, then raises OperationalError. `run` runs what
    SQLite does with a file.
    """
    if make_url(url).get_backend_name() != "sqlite":
        from streams.store.postgresql import open_postgresql  # which SQLite does without

        return open_postgresql(url, answer_seconds)
    return open_sqlite(url, busy_seconds, run)


def sessions(engine: Engine, limit: Limit = nullcontext) -> Begin:
    """Return the opener of transactions, each within the limit."""
    begin = sessionmaker(engine, expire_on_commit=False).begin

    @contextmanager
    def limited() -> Iterator[Session]:
        with limit(), begin() as session:
            yield session

    return limited
