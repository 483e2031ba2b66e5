"""A machine with captures, for the tests of deletions."""

from collections.abc import Iterator

import pytest

from streams.settings import settings
from tests.rig.database import new_store
from tests.rig.valkey import Valkey
from tests.workers.captures.life import Clock
from tests.workers.deletion.lab import Lab


@pytest.fixture
def lab(valkey: Valkey) -> Iterator[Lab]:
    chosen = settings()
    store = new_store(chosen.data_dir)
    account_id = store.accounts.sign_in("1", "ada", "Ada", None, b"sealed", 0).id
    with valkey.client() as client:
        yield Lab(chosen, store, client, Clock(), account_id)
    store.engine.dispose()
