"""The doubles that the shared system was told of, each for one test."""

from collections.abc import Iterator

import pytest

from tests.rig.weir import Weir
from tests.simulator.jetstream import Jetstream


@pytest.fixture
def jetstream(quiet: Weir) -> Iterator[Jetstream]:
    """The Jetstream host of the shared system."""
    double = Jetstream("--port", quiet.env["BLUESKY_API"].rpartition(":")[2])
    yield double
    double.stop()
