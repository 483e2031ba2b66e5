"""Slow bodies: each has a deadline, and one address may keep few of them waiting."""

import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent

from web.errors import ApiError

SMALL = 65_536
"""Bytes of a body that must arrive whole within `BODY_SECONDS`; larger ones are uploads."""
BODY_SECONDS = 10.0
CHUNK_SECONDS = 30.0
"""How long an upload may send nothing."""
WAITING = 100
"""Requests of one address whose body is being waited for."""
WAITING_IN_ALL = 1000

Wsgi = Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]


class SlowBodies:
    """WSGI middleware: answers 408 when a body does not come, 429 when too many do not."""

    def __init__(
        self,
        wsgi: Wsgi,
        seconds: float = BODY_SECONDS,
        waiting: int = WAITING,
        in_all: int = WAITING_IN_ALL,
    ) -> None:
        self._wsgi = wsgi
        self.seconds = seconds
        self._waiting = waiting
        self._in_all = in_all
        self._counts: Counter[str] = Counter()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Serve a request; what reads its body gets an ApiError when it is too slow."""
        if environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING"):
            environ["wsgi.input"] = TimedBody(environ, self)
        try:
            return self._wsgi(environ, start_response)
        except ApiError as error:  # Socket.IO read the body, outside of Flask
            start_response(f"{error.status} REFUSED", [("Content-Type", "text/plain")])
            return [f"{error}\n".encode()]

    @contextmanager
    def waits(self, address: str) -> Iterator[None]:
        """Count a body that is being waited for, or refuse it."""
        if self._counts[address] >= self._waiting or self._counts.total() >= self._in_all:
            raise ApiError(
                429, "too_many_bodies", "too many requests whose body has not come: send it whole"
            )
        self._counts[address] += 1
        try:
            yield
        finally:
            self._counts[address] -= 1
            if not self._counts[address]:
                del self._counts[address]


class TimedBody:
    """The body of a request; a read raises ApiError when it takes too long."""

    def __init__(self, environ: dict[str, Any], bodies: SlowBodies) -> None:
        self._body = environ["wsgi.input"]
        self._socket: socket.socket | None = environ.get("gunicorn.socket")
        self._address = str(environ.get("REMOTE_ADDR", ""))
        self._bodies = bodies
        length = str(environ.get("CONTENT_LENGTH") or "")
        is_small = length.isascii() and length.isdigit() and int(length[:12]) <= SMALL
        self._left = bodies.seconds if is_small else None

    def read(self, size: int | None = None) -> bytes:
        """Read up to `size` bytes."""
        slow = ApiError(408, "slow_body", "the body did not come in time: send it again")
        began = gevent.get_hub().loop.now()
        try:
            with (
                self._bodies.waits(self._address),
                gevent.Timeout(CHUNK_SECONDS if self._left is None else self._left, slow),
            ):
                found: bytes = self._body.read(size)
        except ApiError:
            self._end()
            raise
        if self._left is not None:
            self._left = max(0.001, self._left - (gevent.get_hub().loop.now() - began))
        return found

    def readline(self, size: int | None = None) -> bytes:
        """Read a line, which nobody here does: a body is read by its length."""
        return self.read(size)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(SMALL):
            yield chunk

    def _end(self) -> None:
        """Read nothing more from this connection, which then ends with the answer."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)
