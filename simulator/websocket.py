"""A websocket to send messages over, on the socket of a request that asked for one."""

from collections.abc import Callable, Iterator
from typing import Protocol as Shape

import gevent
from gevent.event import Event
from gevent.lock import RLock
from gevent.socket import SHUT_RDWR, socket
from websockets.exceptions import InvalidState
from websockets.frames import Opcode
from websockets.protocol import SERVER, Protocol
from websockets.utils import accept_key


class MessageQueue(Shape):
    """What a websocket carries: the messages for one client."""

    ended: bool
    silent: bool
    """While it stalls, not even pings are sent or answered."""
    is_binary: bool
    """Whether messages are bytes and no text."""
    wake: Event
    hang_up: Callable[[], None]

    def taken(self) -> Iterator[bytes]: ...  # noqa: D102
    def obey(self, content: bytes) -> None: ...  # noqa: D102
    def end(self, reason: str) -> None: ...  # noqa: D102
    def gone(self) -> None: ...  # noqa: D102


class EventSocket:
    """Sends a queue's messages, answers pings, and hands on what the client orders."""

    def __init__(self, sock: socket, connection: MessageQueue, ping_seconds: float) -> None:
        self._socket = sock
        self._connection = connection
        self._ping_seconds = ping_seconds
        self._protocol = Protocol(SERVER)
        self._lock = RLock()
        self._awaits_pong = False

    def serve(self, key: str) -> None:
        """Accept the upgrade and serve until either side ends it."""
        answer = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        )
        self._connection.hang_up = self._hang_up
        reader = gevent.spawn(self._read)
        try:
            self._socket.sendall(answer.encode())
            self._write()
        except (OSError, InvalidState):  # an end that the client began
            self._connection.end("closed by client")
        finally:
            self._connection.gone()
            self._hang_up()
            reader.join(1.0)

    def _write(self) -> None:
        connection = self._connection
        while not connection.ended:
            connection.wake.clear()
            self._flush()
            woken = connection.wake.wait(self._ping_seconds)
            if not woken and not connection.silent and not self._ping():
                return
        self._flush()
        with self._lock:
            self._protocol.send_close(1001)
            self._send()

    def _ping(self) -> bool:
        """Ping the client; False when it has not answered the last one."""
        if self._awaits_pong:
            return False
        self._awaits_pong = True
        with self._lock:
            self._protocol.send_ping(b"")
            self._send()
        return True

    def _flush(self) -> None:
        protocol = self._protocol
        for message in self._connection.taken():
            with self._lock:
                send = protocol.send_binary if self._connection.is_binary else protocol.send_text
                send(message)
                self._send()

    def _read(self) -> None:
        try:
            while data := self._socket.recv(65536):
                with self._lock:
                    self._protocol.receive_data(data)
                    for frame in self._protocol.events_received():
                        opcode, content = frame.opcode, bytes(frame.data)  # type: ignore[union-attr]
                        if opcode is Opcode.TEXT:
                            self._connection.obey(content)
                        elif opcode is Opcode.PONG:
                            self._awaits_pong = False
                    if not self._connection.silent:
                        self._send()  # answers to pings
                    if self._protocol.close_expected():
                        break
        except (OSError, InvalidState):
            pass  # whoever ended it, the record says so
        self._connection.end("closed by client")

    def _send(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def _hang_up(self) -> None:
        try:
            self._socket.shutdown(SHUT_RDWR)
        except OSError:
            return
