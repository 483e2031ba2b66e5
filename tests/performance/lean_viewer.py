"""Viewers that cost little: raw sockets that keep packets as they come, to be decoded later.

Run as a process of its own by `LeanViewers`; ends when its standard input is closed. A library for
websockets costs 30 to 60 µs a frame, so that 2,000 viewers on it are slower than what they measure;
so does a file of all that 2,000 viewers are sent, 200 MB a second.
"""

import base64
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from streams.settings import ROOT

Frame = tuple[int, float, bytes]
"""Which viewer got it, when (ms since the epoch), and the packet."""
Room = tuple[str, str]
"""The API token of a person, and a stream of theirs."""

_ENTRY = struct.Struct("<IdI")
"""Viewer, ms since the epoch, bytes that follow."""
_PING = b"2"
WHOLE = 1 << 30
HEAD = 200
"""Bytes of a packet of posts that hold its stream, epoch and number."""


class LeanViewers:
    """So many viewers, spread over rooms; `close` ends them and returns what they were sent.

    With several addresses, one viewer of a room after the other goes to the next of them. Of each
    packet the first `keep` bytes are kept.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        rooms: Sequence[Room],
        viewers: int,
        folder: Path,
        keep: int = WHOLE,
    ) -> None:
        self._path = folder / "frames"
        addresses = urls if isinstance(urls, str) else ",".join(urls)
        words = [
            addresses,
            str(viewers),
            str(self._path),
            str(keep),
            *(f"{token},{key}" for token, key in rooms),
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        ready = self.process.stdout.readline()
        assert ready == "ready\n", f"the viewers could not connect: {ready}"

    def close(self) -> list[Frame]:
        """End them; returns every packet of posts, of each viewer in the order in which it came."""
        self.process.communicate(timeout=120)
        return [each for each in frames_of(self._path) if each[2].startswith(b'42/stream,["p')]


def posts_of(packet: bytes) -> list[dict[str, str]]:
    """Return the posts of one packet `42/stream,["posts", {...}]`."""
    frame = msgspec.json.decode(packet[packet.index(b"[") :])[1]
    posts: list[dict[str, str]] = frame["posts"]
    return posts


def left_out_of(packet: bytes) -> int:
    """Return how many posts of its time a packet counts instead of holding them."""
    return int(msgspec.json.decode(packet[packet.index(b"[") :])[1]["left_out"])


def seq_of(packet: bytes) -> int:
    """Return the number of the last post of a packet."""
    at = packet.index(b'"seq":') + 6
    return int(packet[at : packet.index(b",", at)])


def frames_of(path: Path) -> Iterator[Frame]:
    """Read what the viewers kept; a packet came when its last byte did."""
    with path.open("rb") as file:
        while entry := file.read(_ENTRY.size):
            viewer, ms, size = _ENTRY.unpack(entry)
            yield viewer, ms, file.read(size)


def _cut(some: bytes | memoryview) -> tuple[int, int] | None:
    """Return where the first unmasked websocket frame (RFC 6455 §5.2) has its packet, or None."""
    if len(some) < 2:
        return None
    size, begin = some[1], 2
    if size == 126:
        size, begin = int.from_bytes(some[2:4], "big"), 4
    elif size == 127:
        size, begin = int.from_bytes(some[2:10], "big"), 10
    end = begin + size
    return (begin, end) if len(some) >= max(begin, end) else None


def _masked(text: str) -> bytes:
    """Write the frame of a text; a mask of zeros leaves it as it is."""
    body = text.encode()
    size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack(">H", len(body))
    return b"\x81" + size + bytes(4) + body


def _open(url: str, token: str, stream: str) -> socket.socket:
    """Connect, sign in with the token and subscribe; raises ConnectionError when refused."""
    host = urlsplit(url)
    opened = socket.create_connection((host.hostname, host.port), timeout=30)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    opened.sendall(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        f"Host: {host.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        if not (some := opened.recv(1)):
            raise ConnectionError(f"refused: {head!r}")
        head += some
    _packet(opened)
    opened.sendall(_masked("40/stream," + json.dumps({"token": token})))
    answer = _packet(opened)
    if not answer.startswith(b"40"):
        raise ConnectionError(f"refused: {answer!r}")
    asked = json.dumps(["subscribe", {"stream": stream, "since": None}])
    opened.sendall(_masked(f"42/stream,0{asked}"))
    opened.setblocking(False)
    return opened


def _packet(opened: socket.socket) -> bytes:
    """Read one frame, byte by byte so that nothing of the next is lost."""
    some = b""
    while (cut := _cut(some)) is None:
        if not (more := opened.recv(1)):
            raise ConnectionError(f"closed after {some!r}")
        some += more
    return some[slice(*cut)]


def _main(urls: list[str], rooms: list[list[str]], viewers: int, path: str, keep: int) -> None:
    poll = select.epoll()
    sockets: dict[int, tuple[int, socket.socket]] = {}
    for number in range(viewers):
        turn, room = divmod(number, len(rooms))
        opened = _open(urls[turn % len(urls)], *rooms[room])
        sockets[opened.fileno()] = number, opened
        poll.register(opened, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN)
    print("ready", flush=True)
    pong = _masked("3")
    rest: dict[int, bytes] = {}
    buffer = memoryview(bytearray(1 << 24))
    with open(path, "wb", buffering=1 << 20) as file:
        while True:
            for fileno, _ in poll.poll():
                if fileno == sys.stdin.fileno():
                    return
                number, opened = sockets[fileno]
                begun = rest.pop(number, b"")
                buffer[: len(begun)] = begun
                try:
                    came = opened.recv_into(buffer[len(begun) :])
                except ConnectionError:
                    came = 0
                if not came:
                    poll.unregister(fileno)
                    continue
                now, some = time.time() * 1000, buffer[: len(begun) + came]
                while cut := _cut(some):
                    begin, end = cut
                    packet = some[begin : min(end, begin + keep)]
                    file.write(_ENTRY.pack(number, now, len(packet)))
                    file.write(packet)
                    if packet == _PING:
                        opened.send(pong)
                    some = some[end:]
                if some:
                    rest[number] = bytes(some)


if __name__ == "__main__":
    urls, viewers, path, keep, *rooms = sys.argv[1:]
    _main(urls.split(","), [room.split(",") for room in rooms], int(viewers), path, int(keep))
