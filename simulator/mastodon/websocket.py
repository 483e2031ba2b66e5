"""The websocket of the streaming API, on the socket of a request that asked for it."""

import gevent
import msgspec
from gevent.lock import RLock
from gevent.socket import SHUT_RDWR, socket
from websockets.frames import Opcode
from websockets.protocol import SERVER, Protocol
from websockets.utils import accept_key

from simulator.mastodon.channels import channel_of
from simulator.mastodon.connection import EventConnection
from simulator.mastodon.settings import MastodonSettings


class FollowOrder(msgspec.Struct):
    """What a client sends: follow a channel, or no longer."""

    type: str
    stream: str
    tag: str | None = None


class EventSocket:
    """Sends a connection's events, answers pings, and takes orders to follow channels."""

    def __init__(
        self, sock: socket, connection: EventConnection, settings: MastodonSettings
    ) -> None:
        self._socket = sock
        self._connection = connection
        self._settings = settings
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
        except OSError:
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
            woken = connection.wake.wait(self._settings.ping)
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
        for message in self._connection.taken():
            with self._lock:
                self._protocol.send_text(message)
                self._send()

    def _read(self) -> None:
        try:
            while data := self._socket.recv(65536):
                with self._lock:
                    self._protocol.receive_data(data)
                    for frame in self._protocol.events_received():
                        opcode, content = frame.opcode, bytes(frame.data)  # type: ignore[union-attr]
                        if opcode is Opcode.TEXT:
                            self._obey(content)
                        elif opcode is Opcode.PONG:
                            self._awaits_pong = False
                    if not self._connection.silent:
                        self._send()  # answers to pings
        except OSError:
            pass
        self._connection.end("closed by client")

    def _obey(self, content: bytes) -> None:
        try:
            order = msgspec.json.decode(content, type=FollowOrder)
        except msgspec.DecodeError:
            return
        channel = channel_of(order.stream, order.tag)
        if channel is None:
            error = {"error": "Unknown channel requested", "status": 400}
            self._connection.say(msgspec.json.encode(error))
        elif order.type == "subscribe":
            self._connection.channels.add(channel)
        elif order.type == "unsubscribe":
            self._connection.channels.discard(channel)

    def _send(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def _hang_up(self) -> None:
        try:
            self._socket.shutdown(SHUT_RDWR)
        except OSError:
            return
