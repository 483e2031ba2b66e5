"""The migrations make the tables that the code expects, on a new database and an old one."""

import os
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from streams.settings import ROOT
from streams.store import Store
from streams.store.migrate import migrate
from streams.store.schema import Base


def test_the_migrated_tables_are_those_of_the_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing_and_loses_nothing(store: Store, account_id: int) -> None:
    migrate(store.engine)
    assert store.accounts.get(account_id) is not None


def test_the_database_can_be_read_while_it_is_written(store: Store, account_id: int) -> None:
    with store.engine.connect() as writer, store.engine.connect() as reader:
        writer.execute(text("UPDATE accounts SET name = 'Changed'"))
        names = reader.execute(text("SELECT name FROM accounts")).scalars()
        assert list(names) == ["Demo"]
        writer.rollback()


def test_the_command_migrates_and_says_why_when_it_cannot(tmp_path: Path) -> None:
    def run(url: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(tmp_path), "ENV_FILE": ""}
        command = [sys.executable, "-m", "streams.store.migrate"]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)

    assert run(f"sqlite:///{tmp_path / 'made.db'}").returncode == 0
    (tmp_path / "text.db").write_text("this is no database, but long enough to be one" * 99)
    refused = run(f"sqlite:///{tmp_path / 'text.db'}")
    assert refused.returncode == 2
    assert refused.stderr.startswith("cannot migrate the database: ")
    assert len(refused.stderr.splitlines()) == 1
