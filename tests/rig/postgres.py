"""A PostgreSQL server of the tests' own; one a test process, one database a test."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from bin.launcher.ports import free_port
from tests.rig.waiting import wait_until

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Debian keeps the server's programs off PATH."""


class Postgres:
    """Started when made; `close` ends it. It refuses to run as root, so root lends it a user."""

    def __init__(self, folder: Path) -> None:
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._bin = _programs()
        self.port = free_port()
        data = folder / "data"
        self._run("initdb", "-D", str(data), "-A", "trust", "-U", "weir", "--no-sync")
        settings = ["-F", "-h", "127.0.0.1", "-p", str(self.port), "-k", str(folder)]
        command = [str(self._bin / "postgres"), "-D", str(data), *settings]
        self._log = (folder / "postgres.log").open("w")
        self._process = subprocess.Popen(
            command, stdout=self._log, stderr=self._log, user=self._user, cwd=folder
        )
        wait_until(self._answers, 30, "PostgreSQL to answer")

    def new_database(self, template: str = "template0") -> str:
        """Make a database, empty or a copy of another that nobody uses; gives its name."""
        name = f"t{uuid4().hex}"
        server = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "weir"]
        self._run("createdb", *server, "-T", template, "-S", "file_copy", name)
        return name

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql+psycopg://weir@127.0.0.1:{self.port}/{database}"

    def pids(self) -> list[int]:
        """The ids of the server and of its processes."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [self._process.pid, *map(int, children.split())]

    def close(self) -> None:
        """End it at once: nothing of it is kept."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, user=self._user, cwd="/", check=False
        )
        assert done.returncode == 0, done.stderr

    def _answers(self) -> bool:
        assert self._process.poll() is None, "PostgreSQL ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        command = [str(self._bin / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def server_programs() -> Path | None:
    """Return the folder of the server's programs, if there is one."""
    on_path = shutil.which("initdb")
    folders = DEBIAN or ([Path(on_path).resolve().parent] if on_path else [])
    return folders[0] if folders else None


def _programs() -> Path:
    folder = server_programs()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail("needs a PostgreSQL server")
        pytest.skip("needs a PostgreSQL server")
    return folder
