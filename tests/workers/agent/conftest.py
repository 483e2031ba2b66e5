"""An agent as a process of its own, a server that it talks to, and the simulator as X."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bin.launcher.ports import answers, free_port
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.workers.agent.capture_server import TOKEN, CaptureServer
from workers.captures.segments.envelope import unwrap

_apps = count(1)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    """A simulator that is silent unless a test speaks."""
    folder, port = tmp_path_factory.mktemp("x"), free_port()
    with Processes(folder) as processes:
        flags = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
        words = ("-m", "simulator", "--port", str(port), *flags)
        processes.python("x", *words, env=clean(folder))
        wait_until(lambda: answers("127.0.0.1", port), 20, "the simulator")
        yield Upstream(f"http://127.0.0.1:{port}")


@pytest.fixture
def server() -> Iterator[CaptureServer]:
    with closing(CaptureServer()) as serving:
        yield serving


@pytest.fixture
def settings(server: CaptureServer, upstream: Upstream, tmp_path: Path) -> dict[str, Any]:
    """What goes into the settings file."""
    return {
        "server": {
            "base_url": server.url,
            "client_id": 3,
            "auth_token": TOKEN,
            "ping_interval": 0.1,
            "update_interval": 0.2,
        },
        "twitter_auth": {
            "api_key": f"agent {next(_apps)}",
            "api_secret": "made up",
            "api_base": upstream.url,
        },
        "source_addr": None,
        "output": {"base_dir": str(tmp_path / "data"), "minute_interval": 1440},
    }


class Machine:
    """The agent, and the folder that it writes to."""

    def __init__(
        self, processes: Processes, folder: Path, settings: dict[str, Any], name: str = "agent"
    ) -> None:
        self.data = folder / "data"
        self._name = name
        self._processes = processes
        self._folder = folder
        self._file = folder / "capture.json"
        self._file.write_text(json.dumps(settings))
        self._env = clean(folder)

    def start(self) -> "Machine":
        words = ("-m", "workers.agent", "--configfile", str(self._file))
        self._processes.python(self._name, *words, env=self._env)
        return self

    def stop(self) -> int:
        return self._processes.stop(self._name)

    def is_running(self) -> bool:
        return self._processes.is_running(self._name)

    def says(self, words: str, seconds: float = 15.0) -> None:
        wait_until(lambda: words in self.output(), seconds, f"the agent to say {words!r}")

    def output(self) -> str:
        return self._processes.output(self._name)

    def manifests(self) -> list[dict[str, Any]]:
        """In the order of their first lines."""
        found = [json.loads(path.read_text()) for path in self.data.glob("storm/*.manifest")]
        return sorted(found, key=lambda manifest: str(manifest["first_received_at"]))

    def heard_at(self) -> int:
        """The last note of when it listened, ms; 0 when there is none."""
        notes = [json.loads(path.read_text()) for path in self.data.glob("*.heard")]
        return max((note["heard_at"] for note in notes), default=0)

    def ids(self, pattern: str = "storm/*.json") -> list[str]:
        """Ids in the segments that a pattern finds."""
        files = sorted(self.data.glob(pattern))
        lines = [line for file in files for line in file.read_bytes().splitlines()]
        return [found for line in lines if (found := unwrap(line).id)]


@pytest.fixture
def start(processes: Processes, tmp_path: Path, settings: dict[str, Any]) -> Callable[[], Machine]:
    """Starts the agent with the settings as they are by then."""
    return lambda: Machine(processes, tmp_path, settings).start()
