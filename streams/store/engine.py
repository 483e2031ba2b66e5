"""How to reach the SQL database, and what may go wrong on the way."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError
from sqlalchemy.orm import Session, sessionmaker

DatabaseDown = (OperationalError, InterfaceError, InternalError, TimeoutError)
"""Raised when the database is away, locked, read-only or full, and not when a query is wrong."""
RETRY_SECONDS = 0.02
POOL = {"pool_size": 20, "max_overflow": 80, "pool_timeout": 1}
"""Threads or greenlets that wait for SQLite's write lock must not keep others from reading."""

Result = TypeVar("Result")
Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction: commits at the end of the block, rolls back on an exception."""


def open_engine(url: str, busy_seconds: float = 10.0) -> Engine:
    """Return an engine; SQLite gets write-ahead logging, foreign keys, a file for its owner alone.

    A statement waits `busy_seconds` for another process's write lock on SQLite, then raises
    OperationalError.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    path = make_url(url).database
    if not path or path == ":memory:":
        engine = create_engine(url)
    else:
        _create_private(Path(path))
        connect = {"timeout": 0, "factory": _waiting_connection(busy_seconds)}
        engine = create_engine(url, connect_args=connect, **POOL)
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def sessions(engine: Engine) -> Begin:
    """Return the opener of transactions."""
    return sessionmaker(engine, expire_on_commit=False).begin


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


def _waiting_connection(seconds: float) -> type[sqlite3.Connection]:
    """Return a connection class that waits for locks in Python.

    SQLite's own wait blocks the thread, and with it every greenlet of the web process;
    `time.sleep` lets them run.
    """

    def wait(attempt: Callable[[], Result]) -> Result:
        end = time.monotonic() + seconds
        while True:
            try:
                return attempt()
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() >= end:
                    raise
            time.sleep(RETRY_SECONDS)

    class WaitingCursor(sqlite3.Cursor):
        def execute(self, sql: str, values: Any = (), /) -> Self:
            return wait(lambda: super(WaitingCursor, self).execute(sql, values))

        def executemany(self, sql: str, values: Any, /) -> Self:
            return wait(lambda: super(WaitingCursor, self).executemany(sql, values))

    class WaitingConnection(sqlite3.Connection):
        def cursor(self, factory: Any = WaitingCursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            wait(super().commit)

    return WaitingConnection
