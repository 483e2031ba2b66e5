"""Headers and bodies that do not come: each ends, and the rest is served meanwhile."""

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from traceback import walk_tb
from typing import Any

import gevent
import pytest
import requests
from redis import Redis

from tests.rig.waiting import wait_until
from tests.web.person import Person
from tests.web.site import Site
from web.connections import WAITING as WAITING_HEADERS
from web.connections import AwaitedHeaders
from web.errors import ApiError
from web.limits import RateLimit, RateLimiter
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


class Trickle(io.BytesIO):
    """A body of which a byte comes now and then."""

    def read(self, size: int | None = -1, /) -> bytes:
        gevent.sleep(0.01)
        return b"a"


def test_a_body_of_unknown_length_ends_with_its_deadline_however_it_trickles() -> None:
    def read_all(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        return [*environ["wsgi.input"]]

    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Trickle()}
    bodies = SlowBodies(read_all, seconds=0.2)
    assert b"did not come in time" in b"".join(bodies(environ, lambda status, headers: None))


def test_a_body_is_refused_before_any_work_and_in_the_words_of_the_api() -> None:
    bodies = SlowBodies(reading, waiting=0)
    for path, begins in (("/api/v1/try", b'{"error":{"code":"too_many'), ("/token", b"too many")):
        environ = {"CONTENT_LENGTH": "5", "wsgi.input": io.BytesIO(b"12345"), "PATH_INFO": path}
        assert b"".join(bodies(environ, lambda status, headers: None)).startswith(begins)


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


def test_a_refusal_that_is_repeated_keeps_nothing_of_those_before() -> None:
    limits, bodies = RateLimiter(Redis()), SlowBodies(reading, waiting=0)

    def frames(refused: Callable[[], object]) -> int:
        with pytest.raises(ApiError) as caught:
            refused()
        return len([*walk_tb(caught.value.__traceback__)])

    for refused in (
        lambda: limits.take(RateLimit(0, 0.01), "192.0.2.1"),
        lambda: bodies.check_room("192.0.2.1"),
    ):
        assert len({frames(refused) for _ in range(3)}) == 1


def test_the_connection_that_has_waited_longest_for_headers_makes_room() -> None:
    awaited, ended = AwaitedHeaders(of_one=2, in_all=3), list[str]()
    with ExitStack() as stack:

        def waits(name: str, address: str) -> list[str]:
            stack.enter_context(awaited.of(address, lambda: ended.append(name)))
            return ended

        assert waits("a", "192.0.2.1") == []
        assert waits("b", "192.0.2.1") == []
        assert waits("c", "192.0.2.1") == ["a"]
        assert waits("d", "192.0.2.2") == ["a"]
        assert waits("e", "192.0.2.3") == ["a", "b"]
    assert waits_alone(awaited)


def waits_alone(awaited: AwaitedHeaders) -> bool:
    """Whether nobody else is waited for: two of an address have room, and end nobody."""
    ended = list[str]()
    with (
        awaited.of("192.0.2.1", lambda: ended.append("f")),
        awaited.of("192.0.2.1", lambda: ended.append("g")),
    ):
        return ended == []


def is_at_end(connected: socket.socket) -> bool:
    connected.setblocking(False)
    try:
        return connected.recv(1) == b""
    except BlockingIOError:
        return False


def test_slow_headers_of_one_address_end_and_stop_nobody(site: Site) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        opened = []
        for _ in range(WAITING_HEADERS + 20):
            made = stack.enter_context(closing(socket.create_connection((host, int(port)))))
            made.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
            opened.append(made)
        assert requests.get(site.url + "/healthz", timeout=10).ok
        wait_until(lambda: all(map(is_at_end, opened)), 10, "the end of all of them")


def has_answer(connected: socket.socket) -> bool:
    """Whether the server has answered, without taking the answer."""
    try:
        return connected.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 429"
    except BlockingIOError:
        return False
