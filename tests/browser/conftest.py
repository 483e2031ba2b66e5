"""Fixtures: a browser, a running system whose simulator is silent, and desks of people."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.desk import Desk
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir

VIEWER_CAP = 100
"""Posts a second that a viewer gets of one stream, few enough for a test to pass them."""
QUIET = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One browser for all tests of a file: while it runs, no other one can be driven."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weir]:
    """The whole system with a simulator that makes no posts of its own, shared by many files."""
    folder = tmp_path_factory.mktemp("weir")
    with closing(Weir(folder, simulator=QUIET, VIEWER_POSTS_PER_SECOND=str(VIEWER_CAP))) as running:
        Upstream(running.simulator_url).allow_many_rules()
        yield running


@pytest.fixture
def upstream(system: Weir) -> Iterator[Upstream]:
    """The far end of the connection to X."""
    control = Upstream(system.simulator_url)
    yield control
    control.heal()


@pytest.fixture
def desk(chrome: Browser, system: Weir) -> Iterator[Callable[..., Desk]]:
    """Opens browsers; at the end their people's streams go, and no page may have had an error."""
    opened: list[Desk] = []
    with ExitStack() as stack:

        def open_one(**context: Any) -> Desk:
            made = stack.enter_context(closing(Desk(chrome, system.url, **context)))
            opened.append(made)
            return made

        yield open_one
        for each in opened:
            each.archive_all()
        assert [error for each in opened for error in each.errors] == []
