"""A database and a Redis of the test's own, for the tests of collectors."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from streams.store import Store
from tests.rig.valkey import Valkey


@pytest.fixture
def store(tmp_path: Path, migrated: Path) -> Iterator[Store]:
    shutil.copy(migrated, tmp_path / "weir.db")
    opened = Store.open(f"sqlite:///{tmp_path / 'weir.db'}")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    with valkey.client() as connected:
        yield connected
