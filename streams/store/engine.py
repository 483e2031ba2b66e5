"""How to reach the SQL database, and what may go wrong on the way."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction: commits at the end of the block, rolls back on an exception."""


def open_engine(url: str) -> Engine:
    """Return an engine; SQLite gets write-ahead logging, foreign keys and a 10 s busy wait."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if path := make_url(url).database:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 10})
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
