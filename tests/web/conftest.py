"""One site for all tests of this process: they keep apart by account."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.web.person import OldClient, Person
from tests.web.site import Site
from tests.web.viewing import Viewer, old_viewer, watching

CLIENT_ORIGIN = "http://127.0.0.1:3000"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with Processes(folder / "output") as processes:
        yield Site(processes, folder, valkey_server.url, CORS_ORIGINS=CLIENT_ORIGIN)


@pytest.fixture
def person(site: Site) -> Person:
    return Person(site)


@pytest.fixture
def old_client(site: Site) -> OldClient:
    return OldClient(site)


@pytest.fixture
def connect() -> Iterator[Callable[..., Viewer]]:
    """Connects viewers that leave with the test."""
    viewers: list[Viewer] = []

    def make(who: Person | OldClient | Site, **options: Any) -> Viewer:
        if isinstance(who, Site):
            viewer = Viewer(who, **options)
        elif isinstance(who, OldClient):
            viewer = old_viewer(who, **options)
        else:
            viewer = watching(who, **options)
        viewers.append(viewer)
        return viewer

    yield make
    for viewer in viewers:
        viewer.close()


@pytest.fixture
def own_site(
    tmp_path: Path, processes: Processes, request: pytest.FixtureRequest
) -> Callable[..., Site]:
    """Starts a site with settings of the test's own."""

    def start(redis_url: str, **settings: str) -> Site:
        return Site(processes, tmp_path, redis_url, **settings)

    return start
