"""One simulator for all tests of a process; each test has apps of its own."""

from collections.abc import Callable, Iterator

import pytest

from simulator.settings import SimulatorSettings
from tests.simulator.double import App, Double


@pytest.fixture(scope="session")
def running_double() -> Iterator[Double]:
    double = Double("--rule-delay", "0")
    yield double
    assert double.stop() == 0
    assert double.complaints == ""


@pytest.fixture
def double(running_double: Double) -> Iterator[Double]:
    """The simulator, silent, without delay of rules; afterwards as it was."""
    yield running_double
    running_double.control("POST", "rate", json={"posts_per_second": 0})
    defaults = {
        f: getattr(SimulatorSettings(), f)
        for f in SimulatorSettings.__struct_fields__
        if f != "limits"
    }
    limits = {"connect": 50, "rules_get": 450, "rules_post": 100, "search": 450, "me": 75}
    running_double.set(**defaults | {"rule_delay": 0, "limits": limits})
    running_double.control("POST", "reset")


@pytest.fixture
def app(double: Double) -> App:
    return double.app()


@pytest.fixture
def start() -> Iterator[Callable[..., Double]]:
    """Start simulators with flags of the test's own."""
    started: list[Double] = []

    def run(*flags: str) -> Double:
        started.append(Double(*flags))
        return started[-1]

    yield run
    for double in started:
        double.stop()
