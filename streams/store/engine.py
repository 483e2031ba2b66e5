"""How to reach the SQL database, and what may go wrong on the way."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

DatabaseDown = (OperationalError, InterfaceError, InternalError, TimeoutError)
"""Raised when the database is away, locked, read-only or full, and not when a query is wrong."""
RETRY_SECONDS = 0.02
ANSWER_SECONDS = 10.0
"""Within which a database server answers: one that stands still may keep connections open."""
POOL = {"pool_size": 20, "max_overflow": 80, "pool_timeout": 1}
"""Threads or greenlets that wait for SQLite's write lock must not keep others from reading."""
MAX_ID = 2**31 - 1
"""The largest number that a row can have as its id."""

Result = TypeVar("Result")
Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction: commits at the end of the block, rolls back on an exception."""
Limit = Callable[[], AbstractContextManager[None]]
"""Bounds how long the block may take."""
Run = Callable[[Callable[[], Any], Callable[[], object]], Any]
"""Runs the first call; the second, from any thread, interrupts it."""


class DatabaseTooSlow(TimeoutError):  # noqa: N818
    """The database did not answer in time; a change may have been made or not."""


def first_line(error: Exception) -> str:
    """Return the first line of an error: those after it quote the statement and its values."""
    return str(error).partition("\n")[0]


def run_here(call: Callable[[], Result], _interrupt: Callable[[], object]) -> Result:
    """Run a call of SQLite in this thread."""
    return call()


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
        from streams.store.server import open_server  # which SQLite does without

        return open_server(url, answer_seconds)
    path = make_url(url).database
    if not path or path == ":memory:":
        engine = create_engine(url)
    else:
        _create_private(Path(path))
        connect = {"timeout": 0, "factory": _waiting_connection(busy_seconds, run)}
        engine = create_engine(url, connect_args=connect, **POOL)
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def sessions(engine: Engine, limit: Limit = nullcontext) -> Begin:
    """Return the opener of transactions, each within the limit."""
    begin = sessionmaker(engine, expire_on_commit=False).begin

    @contextmanager
    def limited() -> Iterator[Session]:
        with limit(), begin() as session:
            yield session

    return limited


def _configure_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _create_private(path: Path) -> None:
    """Create the database file, readable by its owner alone; its journal inherits the mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # on a read-only disk, or another user's file: opening it says more
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)


def _waiting_connection(seconds: float, run: Run) -> type[sqlite3.Connection]:
    """Return a connection class that waits for locks in Python, and steps through rows at once.

    SQLite's own wait would hold a thread of `run`, and without one every greenlet of the process;
    `time.sleep` lets them run. One connection at a time asks again: many that wait cost no more.
    """
    turn = threading.Lock()

    def wait(connection: sqlite3.Connection, attempt: Callable[[], Result]) -> Result:
        end = time.monotonic() + seconds
        try:
            return run(attempt, connection.interrupt)  # type: ignore[no-any-return]
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or not turn.acquire(timeout=seconds):
                raise
        try:
            while True:
                try:
                    return run(attempt, connection.interrupt)  # type: ignore[no-any-return]
                except sqlite3.OperationalError as error:
                    if not _is_busy(error) or time.monotonic() >= end:
                        raise
                time.sleep(RETRY_SECONDS)
        finally:
            turn.release()

    class WaitingCursor(sqlite3.Cursor):
        rows: deque[Any]

        def execute(self, sql: str, values: Any = (), /) -> Self:
            def attempt() -> None:
                super(WaitingCursor, self).execute(sql, values)
                self.rows = deque(super(WaitingCursor, self).fetchall())

            wait(self.connection, attempt)
            return self

        def executemany(self, sql: str, values: Any, /) -> Self:
            wait(self.connection, lambda: super(WaitingCursor, self).executemany(sql, values))
            self.rows = deque()
            return self

        def fetchone(self) -> Any:
            return self.rows.popleft() if self.rows else None

        def fetchmany(self, size: int | None = 1) -> list[Any]:
            return [self.rows.popleft() for _ in range(min(size or 1, len(self.rows)))]

        def fetchall(self) -> list[Any]:
            found, self.rows = list(self.rows), deque()
            return found

    class WaitingConnection(sqlite3.Connection):
        def cursor(self, factory: Any = WaitingCursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            if self.in_transaction:
                wait(self, super().commit)

        def rollback(self) -> None:
            if self.in_transaction:
                run(super().rollback, self.interrupt)

    return WaitingConnection


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
