"""The fixtures that start real parts; each test process (xdist worker) has its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.weir import Weir


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests of this process."""
    folder = tmp_path_factory.mktemp("valkey")
    with Processes(folder / "output") as processes:
        yield Valkey(processes, folder / "data", clean(folder))


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """That server, empty."""
    valkey_server.clear()
    return valkey_server


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """The address of an empty server."""
    return valkey.url


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Starts processes that end with the test."""
    with Processes(tmp_path / "output") as started:
        yield started


@pytest.fixture(scope="module")
def weir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weir]:
    """The whole system, one for all tests of a file; who stops a part starts it again."""
    with closing(Weir(tmp_path_factory.mktemp("weir"))) as running:
        yield running


@pytest.fixture
def start_weir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Weir]]:
    """Starts whole systems with settings of the test's own, `start_weir(BATCH_MS="0")`."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Weir:
            return stack.enter_context(closing(Weir(tmp_path_factory.mktemp("weir"), **settings)))

        yield start
