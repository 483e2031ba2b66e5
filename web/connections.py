"""Connections: how long the server waits for the headers of a request, and for how many at once."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gevent.local import local
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from streams.settings import settings

WAITING = 100
"""Connections of one address whose headers are being waited for."""
WAITING_IN_ALL = 1000
PROXY = ""
"""Stands for the address of a trusted proxy, which speaks for many."""


class AwaitedHeaders:
    """Ends the connection that has waited longest when there are too many.

    Whoever sends headers at once is served, however many of the same address do not.
    """

    def __init__(self, of_one: int = WAITING, in_all: int = WAITING_IN_ALL) -> None:
        self._of_one = of_one
        self._in_all = in_all
        self._addresses: dict[Callable[[], None], str] = {}
        self._ends: dict[str, dict[Callable[[], None], None]] = {}

    @contextmanager
    def of(self, address: str, end: Callable[[], None]) -> Iterator[None]:
        """Count the block as a wait for headers of an address; `end` ends the wait early."""
        self._make_room(address)
        self._addresses[end] = address
        self._ends.setdefault(address, {})[end] = None
        try:
            yield
        finally:
            self._forget(end)

    def _make_room(self, address: str) -> None:
        theirs = self._ends.get(address, {})
        if address != PROXY and len(theirs) >= self._of_one:
            oldest = next(iter(theirs))
        elif len(self._addresses) >= self._in_all:
            oldest = next(iter(self._addresses))
        else:
            return
        self._forget(oldest)
        oldest()

    def _forget(self, end: Callable[[], None]) -> None:
        address = self._addresses.pop(end, None)
        if address is None:
            return
        theirs = self._ends[address]
        del theirs[end]
        if not theirs:
            del self._ends[address]


class _Connection(local):  # type: ignore[misc]  # the library has no types
    """Of the greenlet that serves it."""

    new_from: str | None = None
    """The address that it comes from, until its first headers have come."""


class BoundedWorker(GeventWorker):  # type: ignore[misc]
    """Gunicorn's gevent worker, which also bounds how many connections it waits for.

    Gunicorn's `keepalive` is the time in which the headers of a request must come whole.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connection = _Connection()
        self._awaited = AwaitedHeaders()
        self._has_proxies = settings().trusted_proxies > 0

    def run(self) -> None:
        """Serve; accept connections one by one, so that a crowd does not hold up other work."""
        StreamServer.max_accept = 1  # gunicorn makes the server itself
        super().run()

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve a connection."""
        is_visitors = isinstance(addr, tuple) and not self._has_proxies
        self._connection.new_from = str(addr[0]) if is_visitors else PROXY
        super().handle(listener, client, addr)

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Wait for headers; a connection that has sent some before is not counted while idle."""
        address, self._connection.new_from = self._connection.new_from, None
        with gevent.Timeout(self.cfg.keepalive, False) as timeout:
            if address is None:
                yield
                return
            with _endable(timeout) as end, self._awaited.of(address, end):
                yield


@contextmanager
def _endable(timeout: gevent.Timeout) -> Iterator[Callable[[], None]]:
    """Yield what makes a timeout of this greenlet expire early, if the block still runs then."""
    waiter, loop, is_inside = gevent.getcurrent(), gevent.get_hub().loop, True

    def expire() -> None:
        if is_inside:
            waiter.throw(timeout)

    try:
        yield lambda: loop.run_callback(expire)
    finally:
        is_inside = False
