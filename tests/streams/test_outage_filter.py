"""Logs of an outage: one line a minute for each thing that it stops, and no traceback."""

import io
import logging

import pytest
import redis
from kombu.exceptions import OperationalError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from streams.outage_filter import thin_outages

FULL = redis.exceptions.OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")
AWAY = redis.exceptions.TimeoutError("Timeout reading from socket")


class Log:
    """A logger whose lines a test reads, at a time that it sets."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._stream = io.StringIO()
        self._handler = logging.StreamHandler(self._stream)
        self._logger = logging.Logger("store")
        self._logger.addHandler(self._handler)
        thin_outages(self._logger)

    def say(self, message: str, *args: object, error: BaseException | None = None) -> list[str]:
        """Log a line at this time; return the lines that come out."""
        before = len(self._stream.getvalue())
        info = (type(error), error, error.__traceback__) if error else None
        record = self._logger.makeRecord("store", logging.ERROR, "", 0, message, args, info)
        record.created = self.now
        self._logger.handle(record)
        return self._stream.getvalue()[before:].splitlines()


@pytest.fixture
def log() -> Log:
    return Log()


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def database_error(statement: str) -> BaseException:
    try:
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text(statement))
    except SQLAlchemyError as error:
        return error
    raise AssertionError("the statement succeeded")


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        AWAY,
        redis.exceptions.ReadOnlyError("You can't write against a read only replica."),
        redis.exceptions.ResponseError("MISCONF Valkey is configured to save RDB snapshots"),
        ConnectionError("the queue cannot be reached"),
        OperationalError("Timeout reading from socket"),
    ],
)
def test_an_outage_is_one_line_a_minute_without_its_traceback(
    log: Log, error: BaseException
) -> None:
    failed = raised(error, AWAY if not isinstance(error, redis.RedisError) else None)
    (first,) = log.say("Error in timer: %r", failed, error=failed)
    assert str(error)[:20] in first
    for _ in range(3):
        log.now += 15
        assert log.say("Error in timer: %r", failed, error=failed) == []
    log.now += 15
    (again,) = log.say("Error in timer: %r", failed, error=failed)
    assert again.endswith("(3 more like it before)")


def test_each_thing_that_an_outage_stops_has_a_line_of_its_own(log: Log) -> None:
    assert log.say("gaps wait: %s", AWAY) == [f"gaps wait: {AWAY}"]
    assert log.say("posts wait: %s", AWAY) == [f"posts wait: {AWAY}"]
    assert log.say("gaps wait: %s", FULL) == []


def test_an_error_of_the_database_that_passes_is_an_outage(log: Log) -> None:
    away = database_error("SELECT * FROM streams")  # SQLite has no narrower class for it
    assert len(log.say("not counted: %s", away, error=away)) == 1
    assert log.say("not counted: %s", away, error=away) == []


@pytest.mark.parametrize(
    "error",
    [
        ValueError("not of a store"),
        redis.exceptions.ResponseError("WRONGTYPE Operation against a key"),
        redis.exceptions.ResponseError("unknown command 'FOO'"),
    ],
)
def test_every_other_error_keeps_its_traceback_each_time(log: Log, error: BaseException) -> None:
    for _ in range(2):
        lines = log.say("failed", error=raised(error))
        assert lines[:2] == ["failed", "Traceback (most recent call last):"]


def test_a_clock_that_is_set_back_keeps_no_line_back(log: Log) -> None:
    log.say("posts wait: %s", AWAY)
    log.now -= 3_600
    assert len(log.say("posts wait: %s", AWAY)) == 1
