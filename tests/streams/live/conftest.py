"""A client of a real server, empty at the start of each test, and batches to push."""

from collections.abc import Iterator

import pytest
import redis

from tests.rig.valkey import Valkey


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    """A client of an empty server."""
    with valkey.client() as connected:
        yield connected
