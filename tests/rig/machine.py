"""A machine with the capture agent on it, known to the server as one client of an owner."""

import json
from pathlib import Path
from typing import Any

from tests.rig.environment import clean
from tests.rig.person import Person
from tests.rig.processes import Processes
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from workers.captures.segments.envelope import unwrap

SECONDS = 15.0


class Machine:
    """A machine with the agent on it, known to the server as one client of an owner."""

    def __init__(
        self, owner: Person, weir: Weir, processes: Processes, folder: Path, name: str
    ) -> None:
        self.owner = owner
        self.folder = folder
        self.app = f"app of {name}"
        """The key of its X app."""
        self._processes = processes
        self._env = clean(folder)
        self.client = owner.call("POST", "/clients", {"name": name})
        self.file = folder / "capture.json"
        self.file.write_text(
            json.dumps(
                {
                    "server": {
                        "base_url": weir.url + self.client["path"],
                        "client_id": self.client["id"],
                        "auth_token": self.client["token"],
                        "ping_interval": 0.2,
                        "update_interval": 0.5,
                    },
                    "twitter_auth": {
                        "api_key": self.app,
                        "api_secret": "made up",
                        "access_token": "unused",
                        "access_token_secret": "unused",
                        "api_base": weir.simulator_url,
                    },
                    "source_addr": "127.0.0.1",
                    "output": {"base_dir": str(folder / "data"), "minute_interval": 1440},
                    "logging": {
                        "version": 1,
                        "handlers": {"out": {"class": "logging.StreamHandler"}},
                        "root": {"level": "INFO", "handlers": ["out"]},
                    },
                }
            )
        )

    def start(self) -> None:
        self._processes.python(
            "agent", "-m", "workers.agent", "--configfile", str(self.file), env=self._env
        )

    def start_again(self) -> None:
        """Start it, and wait until it listens."""
        said, before = "connected to X", self._output()
        self.start()
        wait_until(lambda: self._output().count(said) > before.count(said), SECONDS, "a connection")

    def _output(self) -> str:
        return self._processes.output("agent")

    def stop(self) -> int:
        return self._processes.stop("agent")

    def gaps(self, stream: str) -> list[dict[str, Any]]:
        """The gaps that the server shows of a job, those that it knows to be over."""
        gaps: list[dict[str, Any]] = self.owner.call("GET", f"/streams/{stream}/gaps")["items"]
        return [gap for gap in gaps if gap["to"] is not None]

    def kill(self) -> None:
        self._processes.kill("agent")

    def job(self, name: str, keywords: str) -> str:
        """Make a job and start it; gives its stream."""
        asked = {"name": name, "keywords": keywords}
        made = self.owner.call("POST", f"/clients/{self.client['id']}/jobs", asked)
        self.owner.call("POST", f"/streams/{made['stream']}/start")
        return str(made["stream"])

    def told(self) -> dict[str, Any]:
        """The job, as the server knows it."""
        found: dict[str, Any] = self.owner.call("GET", f"/clients/{self.client['id']}/jobs")
        job: dict[str, Any] = found["items"][0]
        return job

    def ids(self, name: str, ending: str = ".json") -> list[str]:
        """Ids in the sealed segments of a collection."""
        files = sorted((self.folder / "data" / name).glob(f"*{ending}"))
        found = [unwrap(line).id for file in files for line in file.read_bytes().splitlines()]
        return [each for each in found if each]

    def is_sealed(self, name: str) -> bool:
        return not list((self.folder / "data" / name).glob("*.tmp"))
