"""Viewers that cost little: raw sockets that keep what comes as it comes, to be decoded later.

Run as a process of its own by `LeanViewers`; ends when its standard input is closed. A library for
websockets costs 30 to 60 µs a frame, so that 2,000 viewers on it are slower than what they measure.
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

_CHUNK = struct.Struct("<IdI")
"""Viewer, ms since the epoch, bytes that follow."""
_PING = b"\x81\x012"
"""The whole frame of Engine.IO's ping. It cannot stand in JSON, where \\x01 is escaped."""


class LeanViewers:
    """So many viewers, spread over rooms; `close` ends them and returns what they were sent.

    With several addresses, one viewer of a room after the other goes to the next of them.
    """

    def __init__(
        self, urls: str | Sequence[str], rooms: Sequence[Room], viewers: int, folder: Path
    ) -> None:
        self._path = folder / "frames"
        addresses = urls if isinstance(urls, str) else ",".join(urls)
        words = [
            addresses,
            str(viewers),
            str(self._path),
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
        """End them; returns every frame of posts, of each viewer in the order in which it came."""
        self.process.communicate(timeout=120)
        return [frame for frame in frames_of(self._path) if frame[2].startswith(b'42/stream,["p')]


def posts_of(packet: bytes) -> list[dict[str, str]]:
    """Return the posts of one packet `42/stream,["posts", {...}]`."""
    frame = msgspec.json.decode(packet[packet.index(b"[") :])[1]
    posts: list[dict[str, str]] = frame["posts"]
    return posts


def seq_of(packet: bytes) -> int:
    """Return the number of the last post of a packet."""
    at = packet.index(b'"seq":') + 6
    return int(packet[at : packet.index(b",", at)])


def frames_of(path: Path) -> Iterator[Frame]:
    """Cut what each viewer was sent into packets; one comes when its last byte does."""
    rest: dict[int, bytes] = {}
    data = path.read_bytes()
    at = 0
    while at < len(data):
        viewer, ms, size = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        some = rest.pop(viewer, b"") + data[at : at + size]
        at += size
        while (cut := _cut(some)) is not None:
            packet, some = cut
            yield viewer, ms, packet
        rest[viewer] = some


def _cut(some: bytes) -> tuple[bytes, bytes] | None:
    """Split the first unmasked websocket frame off (RFC 6455 §5.2); None when it is not whole."""
    if len(some) < 2:
        return None
    size, begin = some[1], 2
    if size == 126:
        size, begin = int.from_bytes(some[2:4], "big"), 4
    elif size == 127:
        size, begin = int.from_bytes(some[2:10], "big"), 10
    end = begin + size
    return (some[begin:end], some[end:]) if len(some) >= max(begin, end) else None


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
    return cut[0]


def _main(urls: list[str], rooms: list[list[str]], viewers: int, path: str) -> None:
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
    with open(path, "wb", buffering=1 << 20) as file:
        while True:
            for fileno, _ in poll.poll():
                if fileno == sys.stdin.fileno():
                    return
                number, opened = sockets[fileno]
                try:
                    chunk = opened.recv(1 << 18)
                except ConnectionError:
                    chunk = b""
                file.write(_CHUNK.pack(number, time.time() * 1000, len(chunk)) + chunk)
                if _PING in chunk:
                    opened.send(pong)
                if not chunk:
                    poll.unregister(fileno)


if __name__ == "__main__":
    urls, viewers, path, *rooms = sys.argv[1:]
    _main(urls.split(","), [room.split(",") for room in rooms], int(viewers), path)
