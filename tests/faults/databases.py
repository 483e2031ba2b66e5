"""Databases that refuse: PostgreSQL read-only or away, SQLite locked or on a full disk."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from tests.faults.disk import SETTINGS as DISK
from tests.faults.disk import small_disk, write_until_full
from tests.faults.trial import SETTINGS, SIMULATOR, Trial
from tests.rig.postgres import Postgres, server_programs
from tests.rig.weir import Weir

SECONDS = 15.0
DATABASE_MEGABYTES = 8
NAMES = ("readyz:database", "api:database", "fault:database", "note:The database")
OTHERS = ("fault:no_collector", "fault:redis", "fault:disk", "readyz:collector", "readyz:redis")


class WeirOnPostgres(Weir):
    """A system with a PostgreSQL of its own."""

    postgres: Postgres
    database: str


@contextmanager
def on_postgres(folder: Path) -> Iterator[Weir | None]:
    """Start a system on PostgreSQL; None where there is none."""
    if server_programs() is None:
        yield None
        return
    folder.mkdir()
    for each in (folder.parent, folder):
        each.chmod(0o711)  # the server has a user of its own
    (folder / "postgres").mkdir()
    with closing(Postgres(folder / "postgres")) as postgres:
        database = postgres.new_database()
        url = postgres.url(database)
        with closing(
            WeirOnPostgres(folder, simulator=SIMULATOR, DATABASE_URL=url, **SETTINGS)
        ) as weir:
            weir.postgres, weir.database = postgres, database
            yield weir


@contextmanager
def on_small_disk(folder: Path) -> Iterator[Weir | None]:
    """Start a system whose database is alone on a small disk; None where nothing may be mounted."""
    disk = folder / "database"
    url = f"sqlite:///{disk / 'weir.db'}"
    with small_disk(disk, DATABASE_MEGABYTES) as is_mounted:
        if not is_mounted:
            yield None
            return
        with closing(
            Weir(folder, simulator=SIMULATOR, DATABASE_URL=url, **SETTINGS, **DISK)
        ) as weir:
            yield weir


def fill(trial: Trial) -> None:
    """Fill the disk of the database alone."""
    filler = Path(trial.weir.env["DATABASE_URL"].removeprefix("sqlite:///")).with_name("filler")
    try:
        write_until_full(filler)
        time.sleep(SECONDS)
    finally:
        filler.unlink()
    _is_named(trial)


def lock(seconds: float) -> Callable[[Trial], None]:
    """Hold SQLite's write lock for so long."""

    def strike(trial: Trial) -> None:
        with closing(sqlite3.connect(trial.weir.data_dir / "weir.db", timeout=10)) as database:
            database.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            answer = trial.person.ask("PATCH", f"/streams/{trial.stream_id}", {"name": "new"})
            trial.says(f"PATCH: {answer.status_code} {answer.json()['error']['code']}")
            trial.expect(answer.status_code == 503, "a locked database is not answered with 503")
            database.rollback()
        _is_named(trial)

    return strike


def make_read_only(trial: Trial) -> None:
    """Have PostgreSQL take no writes, as a standby after a failover."""
    _set_read_only(trial, "ON")
    time.sleep(SECONDS)
    _set_read_only(trial, "OFF")
    _is_named(trial)


def stop(trial: Trial) -> None:
    """Freeze the server of PostgreSQL and all of its processes, as a machine that is away."""
    assert isinstance(trial.weir, WeirOnPostgres)
    group = trial.weir.postgres.pids()
    for pid in group:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(SECONDS)
    for pid in group:
        os.kill(pid, signal.SIGCONT)
    _is_named(trial)


def _set_read_only(trial: Trial, how: str) -> None:
    weir = trial.weir
    assert isinstance(weir, WeirOnPostgres)
    url = weir.postgres.url("template1").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        name = weir.database
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {how}")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def _is_named(trial: Trial) -> None:
    trial.must_hear(*NAMES)
    blamed = [word for word in trial.watcher.said if word.startswith(OTHERS)]
    trial.expect(not blamed, f"another part is blamed: {', '.join(blamed)}")
