"""Access to SQLite: a file for its owner alone, and waits for locks that let others go on."""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url

RETRY_SECONDS = 0.02
POOL = {"pool_size": 20, "max_overflow": 80, "pool_timeout": 1}
"""Threads or greenlets that wait for SQLite's write lock must not keep others from reading."""

Result = TypeVar("Result")
Run = Callable[[Callable[[], Any], Callable[[], object]], Any]
"""Runs the first call; the second, from any thread, interrupts it."""


def run_here(call: Callable[[], Result], _interrupt: Callable[[], object]) -> Result:
    """Run a call of SQLite in this thread."""
    return call()


def open_sqlite(url: str, busy_seconds: float, run: Run) -> Engine:
    """Return an engine with write-ahead logging and foreign keys.

    A statement waits `busy_seconds` for another process's write lock, then raises OperationalError.
    """
    path = make_url(url).database
    if not path or path == ":memory:":
        engine = create_engine(url)
    else:
        _create_private(Path(path))
        factory = _waiting_connection(_LockWait(busy_seconds, run))
        engine = create_engine(url, connect_args={"timeout": 0, "factory": factory}, **POOL)
    event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: object, _record: object) -> None:
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


class _LockWait:
    """Waits for locks in Python: `time.sleep` lets other greenlets run, SQLite's own wait does not.

    One connection at a time asks again: many that wait cost no more.
    """

    def __init__(self, seconds: float, run: Run) -> None:
        self.run = run
        self._seconds = seconds
        self._turn = threading.Lock()

    def until_free(self, connection: sqlite3.Connection, attempt: Callable[[], object]) -> None:
        """Run an attempt, again and again while another process holds the lock."""
        end = time.monotonic() + self._seconds
        try:
            self.run(attempt, connection.interrupt)
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or not self._turn.acquire(timeout=self._seconds):
                raise
        try:
            self._ask_again(connection, attempt, end)
        finally:
            self._turn.release()

    def _ask_again(
        self, connection: sqlite3.Connection, attempt: Callable[[], object], end: float
    ) -> None:
        while True:
            try:
                self.run(attempt, connection.interrupt)
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= end:
                    raise
            time.sleep(RETRY_SECONDS)


def _waiting_connection(lock: _LockWait) -> type[sqlite3.Connection]:
    """Return a connection class that waits for locks by `lock`, and steps through rows at once."""

    class WaitingCursor(sqlite3.Cursor):
        rows: deque[Any]

        def execute(self, sql: str, values: Any = (), /) -> Self:
            def attempt() -> None:
                super(WaitingCursor, self).execute(sql, values)
                self.rows = deque(super(WaitingCursor, self).fetchall())

            lock.until_free(self.connection, attempt)
            return self

        def executemany(self, sql: str, values: Any, /) -> Self:
            lock.until_free(
                self.connection, lambda: super(WaitingCursor, self).executemany(sql, values)
            )
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
                lock.until_free(self, super().commit)

        def rollback(self) -> None:
            if self.in_transaction:
                lock.run(super().rollback, self.interrupt)

    return WaitingConnection


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
