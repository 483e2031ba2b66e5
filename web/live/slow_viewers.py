"""Slow viewers: each gets whole frames or is disconnected, and slows nobody else down.

Two parts of Engine.IO's gevent driver are replaced: its websocket passes data to `send`, which may
send only part of it, and its queue of packets to a viewer is unbounded and costs a switch to the
viewer's greenlet for each packet.
"""

import logging
import os
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from engineio.async_drivers import gevent as engineio_gevent
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from engineio.packet import Packet
from gevent.queue import JoinableQueue
from simple_websocket import ConnectionClosed, Server
from wsproto.utilities import ProtocolError

log = logging.getLogger(__name__)

PACKETS, CHARACTERS = 5_000, 4_000_000
"""Most packets and characters queued for one viewer; viewers of a room share the packets."""
SOCKET_SECONDS = 60
"""How long a viewer may take to receive one packet, or stay silent (it is pinged)."""
MESSAGE_BYTES = 65_536
"""Largest message from a viewer."""
SEND_BUFFER = 262_144
"""Bytes that the kernel buffers for one viewer; its own default is megabytes."""
UNREAD_MESSAGES = 16
"""Unhandled messages of one viewer after which nothing more is read from it."""


class WholeSocket:
    """A connected socket whose `send` never waits: what the kernel has no room for is queued.

    The queue sends itself, in order; past its bound the connection ends.
    """

    def __init__(self, connected: socket.socket) -> None:
        connected.settimeout(SOCKET_SECONDS)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._socket = connected
        self._queued: deque[bytes | memoryview] = deque()
        self._size = 0
        self._closed = False
        self._is_encrypted = hasattr(connected, "cipher")
        self.unread: list[object] = []

    def send(self, data: bytes) -> int:
        """Send or queue all of `data`; raises OSError when the connection has ended."""
        if self._closed:
            raise BrokenPipeError("the connection has ended")
        if self._queued:
            self._queue(data)
            return len(data)
        try:
            # gevent's own send would wait; what TLS has to encrypt must not go round it.
            sent = 0 if self._is_encrypted else os.write(self._socket.fileno(), data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abort()
            raise
        if sent < len(data):
            self._queue(memoryview(data)[sent:])
            gevent.spawn(self._send_queued)
        return len(data)

    def _queue(self, data: bytes | memoryview) -> None:
        if self._queued and is_too_much(len(self._queued), self._size + len(data)):
            log.warning("disconnected a viewer that reads too slowly")
            self.abort()
            return
        self._queued.append(data)
        self._size += len(data)

    def _send_queued(self) -> None:
        try:
            while self._queued:
                self._socket.sendall(self._queued[0])
                self._size -= len(self._queued.popleft())
        except OSError:
            self.abort()
            self._queued.clear()

    def recv(self, size: int) -> bytes:
        """Receive, but wait while too many earlier messages are unhandled."""
        while len(self.unread) > UNREAD_MESSAGES and not self._closed:
            gevent.sleep(0.01)
        return self._socket.recv(size)

    def abort(self) -> None:
        """End the connection now, also while what is queued waits for the viewer."""
        self._closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close."""
        self._closed = True
        self._socket.close()


class WholeWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]  # the library has no types
    """A websocket under gunicorn's gevent worker, over a WholeSocket."""

    def __init__(self, handler: Callable[[Any], object], server: Any) -> None:
        super().__init__(
            handler,
            server,
            thread_class=engineio_gevent.Thread,
            event_class=gevent.event.Event,
            max_message_size=MESSAGE_BYTES,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> object:
        """Serve the connection until either side ends it."""
        viewer = self.app.__self__
        whole = WholeSocket(environ["gunicorn.socket"])
        # Compression would triple the cost of a frame, and lets a small message grow huge.
        plain = {k: v for k, v in environ.items() if k != "HTTP_SEC_WEBSOCKET_EXTENSIONS"}
        try:
            self.ws = Server({**plain, "gunicorn.socket": whole}, **self.server_args)
        except (ProtocolError, ConnectionError, OSError):
            viewer.close(wait=False, abort=True)
            start_response("400 BAD REQUEST", [("Content-Type", "text/plain")])
            return [b"not a websocket handshake\n"]
        whole.unread = self.ws.input_buffer
        viewer.queue.bypass(viewer, whole)
        try:
            self.app(self)
        except ValueError:
            log.info("disconnected a viewer that sent an invalid packet")
        finally:
            whole.abort()
            viewer.close(wait=False, abort=True)
        raise StopIteration  # tells gunicorn that the connection has ended

    def close(self) -> None:
        """Close the websocket, if the viewer still listens."""
        with suppress(OSError, ConnectionClosed):
            super().close()


class ViewerQueue(JoinableQueue):  # type: ignore[misc]  # the library has no types
    """Packets queued for one viewer; past its bound the queue drops them and ends.

    Those for a websocket do not wait here: each is written at once, as bytes that all viewers of
    a packet share. The writer of Engine.IO takes only what came before the websocket, and the end.
    """

    def __init__(self, overflowed: Callable[["ViewerQueue"], object]) -> None:
        super().__init__()
        self._overflowed = overflowed
        self._characters = 0
        self._ended = False
        self._viewer: Any = None
        self._socket: WholeSocket | None = None

    def bypass(self, viewer: Any, whole: WholeSocket) -> None:
        """Write packets to this socket, as soon as it is the viewer's transport."""
        self._viewer, self._socket = viewer, whole

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add or write a packet; None ends the queue."""
        if item is None:
            super().put(None)
        elif self._ended:
            return
        elif self._socket is not None and self._viewer.upgraded and not self.qsize():
            with suppress(OSError):  # the viewer has gone, as its reader notices
                self._socket.send(_frame(item))
        else:
            self._characters += _length(item)
            if self.qsize() and is_too_much(self.qsize(), self._characters):
                self._end()
            else:
                super().put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the next packet; the writer of a websocket waits for as long as that lives."""
        item = super().get(block, timeout if self._socket is None else None)
        self._characters -= _length(item)
        return item

    def _end(self) -> None:
        self._ended = True
        while self.qsize():
            super().get(block=False)
            self.task_done()
        super().put(None)
        if self._socket is not None:
            self._socket.abort()
        self._overflowed(self)


def timed_socket(wsgi: Callable[..., Any]) -> Callable[..., Any]:
    """Apply the socket timeout of viewers to plain requests."""

    def served(environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        if (connected := environ.get("gunicorn.socket")) is not None:
            connected.settimeout(SOCKET_SECONDS)
        return wsgi(environ, start_response)

    return served


def is_too_much(packets: int, characters: int) -> bool:
    """Return whether a viewer is too far behind with so much queued."""
    return packets >= PACKETS or characters > CHARACTERS


def text_frame(text: str) -> bytes:
    """Return a text as one websocket frame of a server (RFC 6455 §5.2), which is not masked."""
    body = text.encode()
    size = len(body)
    if size < 126:
        return b"\x81" + size.to_bytes(1) + body
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2) + body
    return b"\x81\x7f" + size.to_bytes(8) + body


def _frame(packet: Packet) -> bytes:
    """Return the frame of a packet, made once for all viewers that it goes to."""
    frame: bytes | None = getattr(packet, "frame", None)
    if frame is None:
        frame = packet.frame = text_frame(packet.encode())
    return frame


def _length(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str) else 0


def install(engineio_server: Any) -> None:
    """Replace the two parts, before the first connection."""

    def queue() -> ViewerQueue:
        return ViewerQueue(lambda full: gevent.spawn(_disconnect, engineio_server, full))

    driver = {**engineio_server._async, "queue": queue, "websocket": WholeWebSocket}
    engineio_server._async = driver


def _disconnect(engineio_server: Any, full: ViewerQueue) -> None:
    for sid, viewer in list(engineio_server.sockets.items()):
        if viewer.queue is full:
            log.warning("disconnected a viewer that reads too slowly")
            viewer.close(wait=False, abort=True)
            engineio_server.sockets.pop(sid, None)
