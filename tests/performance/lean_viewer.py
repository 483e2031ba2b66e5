"""Viewers that cost little: raw websockets that keep frames as they come, to be decoded later.

Run as a process of its own by `LeanViewers`; ends when its standard input is closed.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from streams.settings import ROOT

Frame = tuple[int, float, bytes]
"""Which viewer got it, when (ms since the epoch), and the packet."""
Room = tuple[str, str]
"""The API token of a person, and a stream of theirs."""


class LeanViewers:
    """So many viewers, spread over rooms; `close` ends them and returns what they were sent."""

    def __init__(self, url: str, rooms: Sequence[Room], viewers: int, folder: Path) -> None:
        self._path = folder / "frames"
        words = [url, str(viewers), str(self._path), *(f"{token},{key}" for token, key in rooms)]
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
        """End them; returns every frame of posts in the order in which it came."""
        self.process.communicate(timeout=120)
        return list(_read(self._path))


def posts_of(packet: bytes) -> list[dict[str, str]]:
    """Return the posts of one packet `42/stream,["posts", {...}]`."""
    frame = msgspec.json.decode(packet[packet.index(b"[") :])[1]
    posts: list[dict[str, str]] = frame["posts"]
    return posts


def seq_of(packet: bytes) -> int:
    """Return the number of the last post of a packet."""
    at = packet.index(b'"seq":') + 6
    return int(packet[at : packet.index(b",", at)])


def _read(path: Path) -> Iterator[Frame]:
    with path.open("rb") as lines:
        for line in lines:
            viewer, at, packet = line.rstrip(b"\n").split(b"\t", 2)
            yield int(viewer), float(at), packet


async def _view(url: str, token: str, stream: str) -> ClientConnection:
    address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    socket = await connect(address, max_size=None, compression=None, ping_interval=None)
    await socket.recv()
    await socket.send("40/stream," + json.dumps({"token": token}))
    answer = await socket.recv()
    if not str(answer).startswith("40"):
        raise ConnectionError(f"refused: {answer!r}")
    asked = json.dumps(["subscribe", {"stream": stream, "since": None}])
    await socket.send(f"42/stream,0{asked}")
    return socket


async def _keep(number: int, socket: ClientConnection, frames: list[Frame]) -> None:
    async for packet in socket:
        now = time.time() * 1000
        if packet == "2":
            await socket.send("3")
        elif isinstance(packet, str) and packet.startswith('42/stream,["posts"'):
            frames.append((number, now, packet.encode()))


async def _main(url: str, rooms: list[list[str]], viewers: int, path: str) -> None:
    frames: list[Frame] = []
    tasks = []
    for number in range(viewers):
        socket = await _view(url, *rooms[number % len(rooms)])
        tasks.append(asyncio.create_task(_keep(number, socket, frames)))
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()
    with open(path, "wb") as file:
        for number, at, packet in frames:
            file.write(b"%d\t%.3f\t%s\n" % (number, at, packet))


if __name__ == "__main__":
    url, viewers, path, *rooms = sys.argv[1:]
    asyncio.run(_main(url, [room.split(",") for room in rooms], int(viewers), path))
