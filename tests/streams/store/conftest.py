"""A database of each test's own, migrated as in production, on every kind that we claim."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.store import Store
from streams.store.migrate import migrate
from tests.rig.database import new_store
from tests.rig.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests of this process, in a short folder: its socket's path is limited."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Postgres(folder)
    yield server
    server.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """A migrated database, to be copied."""
    name = postgres.new_database()
    opened = Store.open(postgres.url(name))
    migrate(opened.engine)
    opened.engine.dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if request.param == "sqlite":
        opened = new_store(tmp_path / "folder")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        template = request.getfixturevalue("migrated")
        opened = Store.open(server.url(server.new_database(template)))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def account_id(store: Store) -> int:
    """An account in it."""
    return store.accounts.sign_in("1", "demo", "Demo", None, b"sealed", 0).id
