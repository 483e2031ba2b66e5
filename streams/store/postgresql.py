"""Access to a PostgreSQL server that may stand still with its connections open."""

import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event

CONNECT_SECONDS = 5
Waiting = Generator[Any, Any, Any]
"""Yields what a connection waits for, takes what came of it: nothing, ten times a second."""


def open_postgresql(url: str, seconds: float) -> Engine:
    """Return an engine whose calls raise OperationalError when no answer comes for `seconds`.

    TCP cannot tell: the machine of a frozen server acknowledges all that it is sent. Whether the
    statement took effect is then unknown, as after any lost connection.
    """
    engine = create_engine(url, pool_pre_ping=True)
    bounded = _bounded_connection(seconds)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, args: Any, options: dict[str, Any]) -> object:
        options.setdefault("connect_timeout", CONNECT_SECONDS)
        return bounded.connect(*args, **options)

    return engine


def _bounded_connection(seconds: float) -> type[psycopg.Connection[Any]]:
    class BoundedConnection(psycopg.Connection[Any]):
        """Closes itself when the server falls silent: a late answer would be another call's."""

        def wait(self, gen: Waiting, *args: Any, **options: Any) -> Any:
            return super().wait(_until_silent(gen, seconds, self.close), *args, **options)

    return BoundedConnection


def _until_silent(waiting: Waiting, seconds: float, close: Callable[[], None]) -> Waiting:
    """Run a wait of psycopg's; raises OperationalError when nothing has moved for so long."""
    moved_at = time.monotonic()
    try:
        wanted = next(waiting)
        while True:
            if ready := (yield wanted):
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at >= seconds:
                close()
                raise psycopg.OperationalError(f"the server has not answered for {seconds:g} s")
            wanted = waiting.send(ready)
    except StopIteration as end:
        return end.value
