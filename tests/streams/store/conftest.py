"""A database of each test's own, migrated as in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.store import Store
from streams.store.migrate import migrate


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a SQLite file."""
    opened = Store.open(f"sqlite:///{tmp_path / 'folder' / 'weir.db'}")
    migrate(opened.engine)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def account_id(store: Store) -> int:
    """An account in it."""
    return store.accounts.sign_in("1", "demo", "Demo", None, b"sealed", 0).id
