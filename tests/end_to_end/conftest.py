"""Doubles that the shared system knows, and machines that capture for it, each for one test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig.machine import Machine
from tests.rig.person import Person
from tests.rig.processes import Processes
from tests.rig.weir import Weir
from tests.simulator.jetstream import Jetstream

SignIn = Callable[[str], Person]


@pytest.fixture
def jetstream(quiet: Weir) -> Iterator[Jetstream]:
    """The Jetstream host of the shared system."""
    double = Jetstream("--port", quiet.env["BLUESKY_API"].rpartition(":")[2])
    yield double
    double.stop()


@pytest.fixture
def machine(
    person: SignIn,
    quiet: Weir,
    processes: Processes,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Machine]:
    """One machine, its agent running."""
    made = Machine(person("ada"), quiet, processes, tmp_path, request.node.name[:60])
    made.start()
    yield made
    made.owner.call("DELETE", f"/clients/{made.client['id']}")
