"""Trees to start from, and a way to start that leaves nothing behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from streams.settings import ROOT
from tests.bin.tree import bare_path, copy_project, environment
from tests.rig.processes import Processes
from tests.rig.waiting import wait_until

READY = "Weir is ready at"
READY_SECONDS = 90.0


class StartedRun:
    """One `bin/run` that was started."""

    def __init__(self, tree: Path, processes: Processes, env: dict[str, str]):
        self.tree = tree
        self.env = env
        self.url = f"http://127.0.0.1:{env['PORT']}"
        self.processes = processes
        processes.start("run", [str(tree / "bin" / "run")], env, cwd=Path("/"))
        self.pid = processes.pid("run")

    def says(self) -> str:
        """All that it has printed."""
        return self.processes.output("run")

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait for the line with the address."""

        def is_ready() -> bool:
            assert self.processes.is_running("run"), self.says()
            return READY in self.says()

        wait_until(is_ready, seconds, f"{READY!r}")

    def wait(self) -> int:
        """Wait for its end; gives its exit code."""
        return self.processes.wait("run", 40)


class StartRun(Protocol):
    """Starts `bin/run` with settings."""

    def __call__(self, **settings: str) -> StartedRun: ...


@pytest.fixture(scope="session")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that uses the virtual environment of these tests."""
    tree = copy_project(tmp_path_factory.mktemp("tree"))
    (tree / ".venv").symlink_to((ROOT / ".venv").resolve())
    return tree


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH without any Redis on it."""
    return bare_path(tmp_path / "path")


@pytest.fixture
def start_run(
    shared_tree: Path, path: Path, processes: Processes, tmp_path: Path
) -> Iterator[StartRun]:
    """Starts `bin/run`, from another folder and with a data folder of the test's own."""
    count = 0

    def start(**settings: str) -> StartedRun:
        nonlocal count
        count += 1
        given = {"DATA_DIR": str(tmp_path / "data"), **settings}
        started = processes if count == 1 else Processes(tmp_path / f"output{count}")
        if count > 1:
            others.append(started)
        return StartedRun(shared_tree, started, environment(shared_tree, path=path, **given))

    others: list[Processes] = []
    yield start
    for other in others:
        other.close()
