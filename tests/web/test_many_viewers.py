"""Many at once: those who are connected keep nobody else out."""

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.rig.valkey import Valkey
from tests.web.site import Site

WEBSOCKET = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: weir\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
MANY = 1200
"""More than gunicorn takes unless it is told."""


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_thousand_connections_leave_room_for_others(
    own_site: Callable[..., Site], valkey: Valkey
) -> None:
    site = own_site(valkey.url)
    with ExitStack() as stack:
        for _ in range(MANY):
            address = ("127.0.0.1", int(site.env["PORT"]))
            connected = stack.enter_context(socket.create_connection(address, timeout=20))
            connected.sendall(WEBSOCKET.encode())
            assert connected.recv(12) == b"HTTP/1.1 101"
        assert site.get("/healthz").ok
