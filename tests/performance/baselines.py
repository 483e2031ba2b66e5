"""Baselines: how many posts a second the old ways bring to a viewer, beside the whole path."""

import os
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bin.launcher.ports import answers, free_port
from tests.performance import old_way, whole_path
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until

WARM_SECONDS = 3.0
WEIR = "Weir, whole path with capture"
WAYS = {
    "one process, scikit-learn, one event a post": "plain",
    "one process, compiled model, one event a post": "folded",
    "one task a post, scikit-learn": "plain task",
    "one task a post, compiled model": "folded task",
}


class BaselineRound(msgspec.Struct, frozen=True):
    """Posts a second that reached a viewer in one round."""

    way: str
    posts_per_second: float


def run(rate: float, seconds: float, rounds: int) -> list[BaselineRound]:
    """Measure Weir at a rate that it carries, and each old way at all it can, interleaved.

    Beyond what it carries Weir shows a part, and less than it could show of fewer posts.
    """
    found = []
    for _ in range(rounds):
        path = whole_path.measure(whole_path.PathPlan(rate), seconds)
        found.append(BaselineRound(WEIR, path.shown / path.seconds))
        print(f"  {found[-1]}", flush=True)
        for way, how in WAYS.items():
            found.append(BaselineRound(way, measure(how, seconds)))
            print(f"  {found[-1]}", flush=True)
    return found


def measure(how: str, seconds: float) -> float:
    """Run one old way; return the posts a second that a viewer gets."""
    model, _, tasks = how.partition(" ")
    with tempfile.TemporaryDirectory() as name, Processes(Path(name) / "out") as processes:
        redis = Valkey(processes, Path(name) / "redis", {**os.environ})
        env = {**os.environ, "REDIS_URL": redis.url}
        port = free_port()
        words = ("-m", old_way.__name__, str(port), "relay" if tasks else model)
        processes.python("web", *words, env=env)
        wait_until(lambda: answers("127.0.0.1", port), 60, "the web process")
        with closing(_Viewer(port)) as viewer:
            if tasks:
                options = "--pool prefork --concurrency 1 --loglevel WARNING"
                worker = f"-m celery -A {old_way.__name__} worker {options}"
                processes.python("worker", *worker.split(), env=env)
                old_way.celery.conf.broker_url = redis.url
                whole = 2 * WARM_SECONDS + seconds + 10
                sender = threading.Thread(target=old_way.send_tasks, args=(whole, model))
                sender.start()
            wait_until(lambda: viewer.count, 120, "the first post")
            time.sleep(WARM_SECONDS)
            before, began = viewer.count, time.monotonic()
            time.sleep(seconds)
            speed = (viewer.count - before) / (time.monotonic() - began)
            if tasks:
                sender.join()
        return speed


class _Viewer:
    """A raw websocket that counts events and decodes none."""

    def __init__(self, port: int) -> None:
        address = f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        self.count = 0
        self._socket = connect(address, max_size=None, compression=None, open_timeout=60)
        self._socket.recv()
        self._socket.send("40")
        self._socket.recv()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for packet in self._socket:
                if packet == "2":
                    self._socket.send("3")
                self.count += str(packet).startswith(f'42["{old_way.EVENT}"')
        except ConnectionClosed:
            return

    def close(self) -> None:
        self._socket.close()
        self._thread.join(10)


def medians(rounds: Sequence[BaselineRound]) -> dict[str, float]:
    """Return the median of the posts a second by way."""
    return {
        way: median(each.posts_per_second for each in rounds if each.way == way)
        for way in (WEIR, *WAYS)
    }


def table(rounds: Sequence[BaselineRound]) -> list[str]:
    """Write the medians and how many times as much Weir brings as a Markdown table."""
    speeds = medians(rounds)
    return [
        "| | posts/s at a viewer | Weir brings |",
        "|---|---|---|",
        *(
            f"| {way} | {speed:.0f} | {speeds[WEIR] / speed:.1f}× |"
            for way, speed in speeds.items()
        ),
    ]
