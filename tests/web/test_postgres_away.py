"""What callers get while PostgreSQL stalls behind the network; others are served."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bin.launcher.ports import free_port
from tests.rig.postgres import Postgres
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.person import Person
from tests.web.site import Site


class Network:
    """Forwards connections to a port; while it stalls, everything sent waits."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = ("127.0.0.1", target)
        self._flows = threading.Event()
        self._flows.set()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def stall(self) -> None:
        """Pass nothing on from now on."""
        self._flows.clear()

    def heal(self) -> None:
        """Pass everything on again, also what waited."""
        self._flows.set()

    def close(self) -> None:
        """Cut all connections, and accept nothing more."""
        self.heal()
        for each in (self._listener, *self._ends):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # which wakes a thread that waits; close would not
        for thread in self._threads:
            thread.join(10)
        for each in (self._listener, *self._ends):
            each.close()

    def _start(self, run: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._ends += (near, far)
                for pair in ((near, far), (far, near)):
                    self._start(self._forward, *pair)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flows.wait()
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def network() -> Iterator[tuple[Network, str]]:
    """The network before a PostgreSQL server, and the address of a database behind it."""
    with (
        TemporaryDirectory(prefix="weir-postgres-") as folder,  # its user cannot enter pytest's
        closing(Postgres(Path(folder))) as server,
        closing(Network(server.port)) as network,
    ):
        name = server.new_database()
        yield network, server.url(name).replace(f":{server.port}/", f":{network.port}/")


@pytest.fixture(scope="module")
def remote(
    tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey, network: tuple[Network, str]
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("remote")
    with Processes(folder / "output") as processes:
        yield Site(processes, folder, valkey_server.url, DATABASE_URL=network[1])


def test_a_start_is_answered_with_503_and_the_process_goes_on(
    remote: Site, network: tuple[Network, str]
) -> None:
    person = Person(remote)
    stream = person.stream()
    network[0].stall()
    try:
        refused = person.call("POST", f"/streams/{stream}/start")
        lives = remote.get("/healthz")
        ready = remote.get("/readyz")
    finally:
        network[0].heal()
    assert refused.status_code == 503, refused.text
    assert refused.json()["error"]["code"] in ("too_slow", "database_down")
    assert lives.ok
    assert "database" in ready.json()["missing"]
    wait_until(
        lambda: person.call("POST", f"/streams/{stream}/start").status_code == 202,
        20,
        "a start to be taken",
    )
