"""The fixtures that start real parts; each test process (xdist worker) has its own."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from bin.launcher.ports import free_port
from tests.rig.dashboard_client import OldClient
from tests.rig.environment import clean
from tests.rig.person import Person
from tests.rig.processes import Processes
from tests.rig.upstream import Upstream
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


_files = itertools.count(1)


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weir]:
    """The whole system with a simulator that makes no posts of its own, shared by many files."""
    folder = tmp_path_factory.mktemp("weir")
    words = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
    instance = f"http://127.0.0.1:{free_port()}"
    settings = {"MASTODON_INSTANCE": instance, "MASTODON_TOKEN": "simulator"}
    settings["BACKFILL_WAIT_SECONDS"] = "0"  # the simulator's search knows a post at once
    settings["CAPTURE_DELETION_MINUTES"] = "0"
    settings["LEASE_SECONDS"] = "5"  # a killed collector is replaced when its lease is over
    settings["MASTODON_PRIVATE_INSTANCES"] = "true"
    jetstream = f"127.0.0.1:{free_port()}"
    settings |= {"BLUESKY_HOSTS": f"ws://{jetstream}", "BLUESKY_API": f"http://{jetstream}"}
    with closing(Weir(folder, simulator=words, **settings)) as running:
        Upstream(running.simulator_url).allow_many_rules()
        yield running


@pytest.fixture
def upstream(quiet: Weir) -> Iterator[Upstream]:
    """The far end of the connection to X."""
    control = Upstream(quiet.simulator_url)
    yield control
    control.heal()


@pytest.fixture(scope="module")
def number_of_file() -> int:
    """A number of its own for each file: its people have accounts that no other file used."""
    return next(_files)


@pytest.fixture
def person(quiet: Weir, number_of_file: int) -> Iterator[Callable[[str], Person]]:
    """Signs people in, and archives their streams at the end."""
    with ExitStack() as stack:

        def sign_in(name: str) -> Person:
            handle = f"{name}_{number_of_file}"
            somebody = stack.enter_context(Person(quiet.url, handle)).sign_in()
            stack.callback(archive_all, somebody)
            return somebody

        yield sign_in


@pytest.fixture
def old_client(quiet: Weir) -> Iterator[Callable[[str], OldClient]]:
    """Signs people in with the old client, which listens at once."""
    with ExitStack() as stack:

        def sign_in(name: str) -> OldClient:
            client = stack.enter_context(closing(OldClient(quiet.url, name)))
            client.sign_in().listen()
            stack.callback(client.stop)
            return client

        yield sign_in


def archive_all(somebody: Person) -> None:
    for stream in somebody.call("GET", "/streams")["items"]:
        somebody.call("DELETE", f"/streams/{stream['id']}")
