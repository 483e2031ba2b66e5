"""A database and a Redis of the test's own, for the tests of collectors."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from streams.store import Store
from tests.rig.database import new_store
from tests.rig.valkey import Valkey


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    with valkey.client() as connected:
        yield connected
