"""Bodies that do not come: each ends, and the rest is served meanwhile."""

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import gevent
import pytest
import requests

from tests.rig.waiting import wait_until
from tests.web.person import Person
from tests.web.site import Site
from web.errors import ApiError
from web.slow_bodies import WAITING, SlowBodies

STALLED = b"POST /token HTTP/1.1\r\nHost: weir\r\nContent-Length: 50\r\n\r\n"


class Silence(io.BytesIO):
    """A body that never comes."""

    def read(self, size: int | None = -1, /) -> bytes:
        gevent.sleep(60)
        return b""


def served(bodies: SlowBodies, body: io.BytesIO, address: str = "192.0.2.1") -> bytes:
    environ = {"CONTENT_LENGTH": "50", "wsgi.input": body, "REMOTE_ADDR": address}
    return b"".join(bodies(environ, lambda status, headers: None))


def reading(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
    return iter([environ["wsgi.input"].read(50)])


def test_a_body_that_comes_is_read() -> None:
    assert served(SlowBodies(reading), io.BytesIO(b"here")) == b"here"


def test_a_body_that_does_not_come_ends_with_its_deadline() -> None:
    assert b"did not come in time" in served(SlowBodies(reading, seconds=0.01), Silence())


def test_an_address_keeps_few_bodies_waiting_and_others_come_through() -> None:
    bodies = SlowBodies(reading, seconds=5, waiting=2, in_all=3)
    stalled = [gevent.spawn(served, bodies, Silence()) for _ in range(2)]
    gevent.sleep(0)
    assert b"too many requests" in served(bodies, io.BytesIO(b"here"))
    assert served(bodies, io.BytesIO(b"here"), "192.0.2.2") == b"here"
    stalled.append(gevent.spawn(served, bodies, Silence(), "192.0.2.2"))
    gevent.sleep(0)
    assert b"too many requests" in served(bodies, io.BytesIO(b"here"), "192.0.2.3")
    gevent.killall(stalled)
    with bodies.waits("192.0.2.1"):
        pass
    with pytest.raises(ApiError), bodies.waits("a"), bodies.waits("a"), bodies.waits("a"):
        pass


def test_stalled_bodies_of_one_address_stop_nobody(site: Site) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        opened = []
        for _ in range(WAITING + 20):
            made = stack.enter_context(closing(socket.create_connection((host, int(port)))))
            made.sendall(STALLED)
            made.setblocking(False)
            opened.append(made)
        wait_until(lambda: sum(map(has_answer, opened)) >= 20, 10, "refusals")
        assert requests.get(site.url + "/healthz", timeout=10).ok
        assert sum(map(has_answer, opened)) < len(opened)
    wait_until(lambda: Person(site).call("GET", "/me").ok, 10, "an answer to others")


def has_answer(connected: socket.socket) -> bool:
    """Whether the server has answered, without taking the answer."""
    try:
        return connected.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 429"
    except BlockingIOError:
        return False
