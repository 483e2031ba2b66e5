"""The database as greenlets reach it: a long query stops nobody, and ends."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gevent
import pytest
from sqlalchemy import text

from streams.store import DatabaseTooSlow, Store
from streams.store.migrate import migrate
from web.database import NativeThreads, limited, open_store

ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(opened.engine)
    yield opened
    opened.engine.dispose()


def test_a_long_query_lets_others_run_and_is_cut_short(store: Store) -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(0.005)
            ticks += 1

    ticking = gevent.spawn(tick)
    with pytest.raises(DatabaseTooSlow), limited(0.3), closing(store.engine.connect()) as reader:
        reader.execute(ENDLESS)
    ticking.kill()
    assert ticks > 5
    store.ping()


def test_who_is_ended_leaves_a_connection_that_others_can_use(store: Store) -> None:
    def read() -> None:
        with store.engine.connect() as reader:
            reader.execute(ENDLESS)

    reading = [gevent.spawn(read) for _ in range(3)]
    gevent.sleep(0.05)
    gevent.killall(reading)
    assert [store.accounts.get(each) for each in range(3)] == [None] * 3


def test_a_call_that_fails_raises_in_its_greenlet_and_logs_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ZeroDivisionError):
        NativeThreads(1).run(lambda: 1 // 0, lambda: None)
    assert capfd.readouterr() == ("", "")


def test_rows_come_whole_and_one_by_one(store: Store) -> None:
    rows = text("SELECT 1 UNION SELECT 2 UNION SELECT 3 ORDER BY 1")
    with store.engine.connect() as reader:
        assert reader.execute(rows).scalars().all() == [1, 2, 3]
        found = reader.execute(rows)
        assert found.fetchone() == (1,)
        assert found.fetchmany(1) == [(2,)]
        assert [*found] == [(3,)]
