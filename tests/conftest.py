"""What every test runs under: settings of its own, real parts on request, outputs on failure."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from streams.settings import ROOT, Settings, settings
from tests.rig import distribution
from tests.rig.fixtures import (  # noqa: F401  # fixtures for all tests
    number_of_file,
    old_client,
    person,
    processes,
    quiet,
    redis_url,
    start_weir,
    upstream,
    valkey,
    valkey_server,
    weir,
)
from tests.rig.processes import Processes

# A busy machine is no failure.
hypothesis_settings.register_profile("weir", deadline=None)
hypothesis_settings.load_profile("weir")


SLOW_FOLDERS = {"bin", "browser", "end_to_end", "faults", "performance", "simulator", "web"}
SLOW_FIXTURES = {
    *("processes", "redis_url", "start_weir", "valkey", "valkey_server", "weir", "quiet", "s3"),
    *("running_instance", "running_jetstream"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the inner loop."""
    parser.addoption(
        "--fast",
        action="store_true",
        help="pure logic only: leaves out what starts Redis, servers, processes or a browser",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have coverage measure the test processes, and none that they start."""
    if hasattr(config, "workerinput"):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--fast`, deselect what needs a running part or trains a model."""
    if hasattr(config, "workerinput"):  # one of several test processes
        items.sort(key=lambda item: distribution.rank(item.nodeid))
    if not config.getoption("--fast"):
        return
    slow = [item for item in items if _is_slow(item)]
    items[:] = [item for item in items if item not in set(slow)]
    config.hook.pytest_deselected(items=slow)


def pytest_collection_finish() -> None:
    """Keep searches for garbage out of all that collecting made, through which one took 0.5 s."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: object
) -> distribution.Distribution | None:
    """Distribute tests by the systems that they share, unless another way is asked for."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return distribution.Distribution(config, log)


def _is_slow(item: pytest.Item) -> bool:
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    fixtures = set(getattr(item, "fixturenames", ()))
    marked = item.get_closest_marker("slow") is not None
    return bool(
        folder in SLOW_FOLDERS or fixtures & SLOW_FIXTURES or marked or "postgres" in item.name
    )


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Hide the developer's settings; a test sets variables before it reads `settings()`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what the processes that ran said last."""
    report = yield
    if report.failed:
        for group in Processes.open_ones:
            for name, tail in group.tails().items():
                report.sections.append((f"output of {name}", tail))
    return report
