"""Slow bodies: each has a deadline, and one address may keep few of them waiting."""

import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
import msgspec

from web.errors import ApiError, ErrorAnswer

CHUNK = 65_536
BODY_SECONDS = 10.0
"""Seconds in which a body must come whole ..."""
BYTES_PER_SECOND = 10_000
"""... or longer by a second for so many bytes that have come: uploads take their time."""
SILENT_SECONDS = 30.0
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
        self._total = 0

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Serve a request; what reads its body gets an ApiError when it is too slow."""
        has_length = environ.get("CONTENT_LENGTH", "0") not in ("", "0")
        if not (has_length or environ.get("HTTP_TRANSFER_ENCODING")):
            return self._wsgi(environ, start_response)
        body = TimedBody(environ, self)
        environ["wsgi.input"] = body
        try:
            body.check_room()
            return self._wsgi(environ, start_response)
        except ApiError as error:  # Socket.IO read the body, or it was refused before Flask
            is_api = str(environ.get("PATH_INFO", "")).startswith("/api/")
            kind = "application/json" if is_api else "text/plain"
            start_response(f"{error.status} REFUSED", [("Content-Type", kind)])
            shown = (
                msgspec.json.encode(ErrorAnswer(error.body)) if is_api else f"{error}\n".encode()
            )
            return [shown]

    def check_room(self, address: str) -> None:
        """Refuse a body of an address that has too many waiting."""
        if self._counts[address] >= self._waiting or self._total >= self._in_all:
            text = "too many requests whose body has not come: send it whole"
            raise ApiError(429, "too_many_bodies", text)

    @contextmanager
    def waits(self, address: str) -> Iterator[None]:
        """Count a body that is being waited for, or refuse it."""
        self.check_room(address)
        self._counts[address] += 1
        self._total += 1
        try:
            yield
        finally:
            self._total -= 1
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
        self._left = bodies.seconds

    def check_room(self) -> None:
        """Refuse the body, before any work, when too many of its address are waiting."""
        try:
            self._bodies.check_room(self._address)
        except ApiError:
            self._end()
            raise

    def read(self, size: int | None = None) -> bytes:
        """Read up to `size` bytes."""
        slow = ApiError(408, "slow_body", "the body did not come in time: send it again")
        began = gevent.get_hub().loop.now()
        try:
            with (
                self._bodies.waits(self._address),
                gevent.Timeout(min(self._left, SILENT_SECONDS), slow),
            ):
                found: bytes = self._body.read(size)
        except ApiError:
            self._end()
            raise
        spent = gevent.get_hub().loop.now() - began
        self._left = max(0.001, self._left - spent + len(found) / BYTES_PER_SECOND)
        return found

    def readline(self, size: int | None = None) -> bytes:
        """Read a line, which nobody here does: a body is read by its length."""
        return self.read(size)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(CHUNK):
            yield chunk

    def _end(self) -> None:
        """Read nothing more from this connection, which then ends with the answer."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)
