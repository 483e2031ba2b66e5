"""The whole system as a user runs it, on free ports, with every part in the test's hands."""

from http.client import HTTPConnection, HTTPException
from pathlib import Path

from celery import Celery
from honcho.environ import parse_procfile
from redis.exceptions import ConnectionError

from bin.launcher.ports import answers
from streams.settings import ROOT
from tests.rig.database import new_database
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.upstream import APP
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until

PARTS = ("web", "collector", "tagger", "beat", "jobs")
WORKERS = ("collector", "tagger", "jobs")
READY = " ready."
"""What Celery says of a worker that takes commands."""
READY_SECONDS = 40.0
CREDENTIALS = {"X_API_KEY": APP, "X_API_SECRET": APP}


class Weir:
    """Redis, simulator and every process of the Procfile; Flower only when it is asked for.

    `stop`, `kill`, `start` and `restart` take the name of a part, `redis` and `simulator` included.
    """

    parts: tuple[str, ...] = PARTS
    """The processes that must never end by themselves."""

    def __init__(self, folder: Path, *, simulator: tuple[str, ...] = (), **settings: str):
        """Start everything and wait until it serves; `simulator`: more words of its command."""
        self.data_dir = folder / "data"
        self.env = clean(self.data_dir, **settings)
        port = self.env["SIMULATOR_PORT"]
        self.simulator_url = f"http://127.0.0.1:{port}"
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.env = {"X_API_BASE": self.simulator_url, **CREDENTIALS, **self.env}
        self.processes = Processes(folder / "output")
        try:
            self.valkey = Valkey(self.processes, folder / "redis", self.env)
            self.env.setdefault("REDIS_URL", self.valkey.url)
            self._commands = parse_procfile((ROOT / "Procfile").read_text()).processes
            words = ["-m", "simulator", "--port", port, *simulator]
            self._commands["simulator"] = " ".join(["python", *words])
            self._celery = Celery(broker=self.env["REDIS_URL"], set_as_current=False)
            self._migrate()
            for name in ("simulator", *PARTS):
                self.processes.start(name, self._commands[name], self.env)
            for name in ("simulator", *PARTS):
                self.wait_ready(name)
        except BaseException as error:
            for name, tail in self.processes.tails().items():
                error.add_note(f"output of {name}:\n{tail}")
            self.close()
            raise

    def _migrate(self) -> None:
        if "DATABASE_URL" not in self.env:
            new_database(self.data_dir)
            return
        self.processes.start("release", self._commands["release"], self.env)
        code = self.processes.wait("release", READY_SECONDS)
        assert code == 0, self.processes.output("release")

    def start(self, name: str) -> None:
        """Start a part that was stopped, and wait until it serves."""
        if name == "redis":
            self.valkey.start()
        else:
            self.processes.start(name, self._commands[name], self.env)
            self.wait_ready(name)

    def command(self, name: str) -> str:
        """Return the command that starts a part."""
        return str(self._commands[name])

    def stop(self, name: str) -> int:
        """Stop a part with SIGTERM; gives its exit code."""
        return self.processes.stop(name)

    def kill(self, name: str) -> None:
        """End a part with SIGKILL."""
        self.processes.kill(name)

    def restart(self, name: str) -> None:
        """Stop a part, then start it."""
        self.stop(name)
        self.start(name)

    def wait_ready(self, name: str) -> None:
        """Wait until a part serves; beat has no sign of it."""

        def is_ready() -> bool:
            assert self.processes.is_running(name), f"{name}: {self.processes.output(name)}"
            if name == "web":
                return self.is_healthy()
            if name == "simulator":
                return answers("127.0.0.1", int(self.env["SIMULATOR_PORT"]))
            return name not in WORKERS or READY in self.processes.said(name)

        wait_until(is_ready, READY_SECONDS, f"{name} to serve")

    def is_healthy(self) -> bool:
        """Whether the web process answers."""
        connection = HTTPConnection("127.0.0.1", int(self.env["PORT"]), timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def pings(self, worker: str) -> bool:
        """Whether a Celery worker, such as `collector`, takes commands."""
        try:
            answers = self._celery.control.ping(timeout=1, limit=len(WORKERS))
        except ConnectionError:  # Redis was restarted, and this connection is of before
            return False
        return any(node.partition("@")[0] == worker for answer in answers for node in answer)

    def close(self) -> None:
        """End everything."""
        self.processes.close()
        if hasattr(self, "_celery"):
            self._celery.close()
