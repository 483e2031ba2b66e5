"""Fixtures: a running system whose simulator is silent unless a test speaks, and its people."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.rig.dashboard_client import OldClient
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weir]:
    """The whole system with a simulator that makes no posts of its own, shared by many files."""
    folder = tmp_path_factory.mktemp("weir")
    words = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
    with closing(Weir(folder, simulator=words)) as running:
        yield running


@pytest.fixture
def upstream(quiet: Weir) -> Iterator[Upstream]:
    """The far end of the connection to X."""
    control = Upstream(quiet.simulator_url)
    yield control
    control.heal()


@pytest.fixture
def person(quiet: Weir) -> Iterator[Callable[[str], Person]]:
    """Signs people in, and archives their streams at the end."""
    with ExitStack() as stack:

        def sign_in(name: str) -> Person:
            somebody = stack.enter_context(Person(quiet.url, name)).sign_in()
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
