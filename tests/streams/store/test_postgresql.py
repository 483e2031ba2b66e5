"""A PostgreSQL server that stands still raises an error, and the next call connects anew."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from streams.store import DatabaseDown
from streams.store.postgresql import open_postgresql
from tests.rig.postgres import Postgres


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    opened = open_postgresql(postgres.url(postgres.new_database()), seconds=0.3)
    yield opened
    opened.dispose()


def test_a_statement_without_an_answer_fails_and_its_connection_is_not_used_again(
    engine: Engine,
) -> None:
    with engine.connect() as connection:
        before = connection.scalar(text("SELECT pg_backend_pid()"))
        with pytest.raises(DatabaseDown, match="has not answered"):
            connection.execute(text("SELECT pg_sleep(2)"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != before


def test_many_quick_statements_may_take_longer_together(engine: Engine) -> None:
    with engine.connect() as connection:
        for _ in range(4):
            connection.execute(text("SELECT pg_sleep(0.1)"))
