"""Outages in logs: what a store at fault stops is one line a minute, without a traceback."""

import logging
from collections.abc import Iterator

import redis

from streams.live.connection import may_pass

MINUTE = 60.0
_KINDS = 200
"""Kinds of lines of which the last is remembered."""
_DATABASE = frozenset(
    "OperationalError InterfaceError InternalError TimeoutError DatabaseTooSlow".split()
)
"""Errors of a database that is away, locked, full or read-only; the last is our own."""


class MinuteGate:
    """Lets one line of each kind through a minute, and counts those that it holds back."""

    def __init__(self) -> None:
        self._logged: dict[object, tuple[float, int]] = {}

    def admit(self, kind: object, at: float) -> int | None:
        """Return how many lines were held back before this one; None when it is held back, too.

        `at` is in seconds since the epoch; a clock that is set back lets the line through.
        """
        logged_at, dropped = self._logged.pop(kind, (0.0, 0))
        if 0 <= at - logged_at < MINUTE:
            self._logged[kind] = (logged_at, dropped + 1)
            return None
        self._logged[kind] = (at, 0)
        while len(self._logged) > _KINDS:
            del self._logged[next(iter(self._logged))]
        return dropped


class OutageFilter(logging.Filter):
    """Thins the lines of a handler that name an error of Redis or of the database.

    Only errors that pass when the store works again count; others keep their tracebacks.
    """

    def __init__(self) -> None:
        """Begin with no line logged."""
        super().__init__()
        self._gate = MinuteGate()

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop a line like one of the last minute; the next one says how many were dropped."""
        error = next(filter(_is_outage, _errors(record)), None)
        if error is None:
            return True
        dropped = self._gate.admit((record.name, str(record.msg)), record.created)
        if dropped is None:
            return False
        record.msg, record.args = _line(record.getMessage(), str(error), dropped), None
        record.exc_info = record.exc_text = None
        return True


def thin_outages(logger: logging.Logger) -> None:
    """Thin the lines of outages in every handler of a logger."""
    for handler in logger.handlers:
        if not any(isinstance(each, OutageFilter) for each in handler.filters):
            handler.addFilter(OutageFilter())


def _errors(record: logging.LogRecord) -> Iterator[BaseException]:
    """Return the errors that a record carries, and what caused them."""
    carried = list(record.args) if isinstance(record.args, tuple) else []
    carried += [record.exc_info[1]] if record.exc_info else []
    for each in carried:
        error = each
        for _ in range(10):
            if not isinstance(error, BaseException):
                break
            yield error
            error = error.__cause__ or error.__context__


def _line(message: str, error: str, dropped: int) -> str:
    """Write what stands in place of a traceback."""
    said, reason = (each.partition("\n")[0] for each in (message, error))
    parts = [said] if reason in said else [said, reason]
    return ": ".join(parts) + (f" ({dropped} more like it before)" if dropped else "")


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, redis.RedisError):
        return may_pass(error)
    # By name: a process that asks no database does not import SQLAlchemy to log.
    kind = type(error)
    return (
        kind.__module__.startswith(("sqlalchemy.", "streams.store")) and kind.__name__ in _DATABASE
    )
