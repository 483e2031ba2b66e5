"""The web process as it is served, over real Redis and SQL, with the simulator as X; no workers."""

import base64
import itertools
import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import redis
import requests

from bin.launcher.ports import answers
from streams.batch import Batch
from streams.live.relay import Relay
from streams.post import Post
from streams.secret import fingerprint
from tests.rig.database import new_database
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.waiting import wait_until

READY_SECONDS = 30.0
_numbers = itertools.count(1)


class Site:
    """Started on free ports; `push` plays the relay."""

    def __init__(self, processes: Processes, folder: Path, redis_url: str, **settings: str):
        """Start what is not running yet and wait until it serves."""
        self.processes = processes
        self.folder = folder
        self.env = clean(folder / "data", REDIS_URL=redis_url)
        simulator = self.env["SIMULATOR_PORT"]
        self.x = f"http://127.0.0.1:{simulator}"
        self.env |= {"X_API_KEY": "simulator", "X_API_SECRET": "simulator", "X_API_BASE": self.x}
        self.env |= settings
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.name = f"web-{self.env['PORT']}"
        self.redis = redis.Redis.from_url(redis_url)
        self._writer = Relay(self.redis, int(self.env.get("RING_POSTS", 500)))
        processes.python(f"x-{self.name}", "-m", "simulator", "--port", simulator, env=self.env)
        if "DATABASE_URL" in settings:
            processes.python(f"migrate-{self.name}", "-m", "streams.store.migrate", env=self.env)
            assert processes.wait(f"migrate-{self.name}") == 0
        else:
            new_database(folder / "data")
        self.start()
        wait_until(lambda: answers("127.0.0.1", int(simulator)), READY_SECONDS, "the simulator")

    def start(self) -> None:
        """Start the web process."""
        words = [sys.executable, "-m", "gunicorn", "web.wsgi:app"]
        self.processes.start(self.name, words, self.env)
        wait_until(self._answers, READY_SECONDS, "the web process")

    def output(self) -> str:
        """What the web process has written."""
        return self.processes.output(self.name)

    def get(self, path: str, **options: Any) -> requests.Response:
        """Get a page."""
        return requests.get(self.url + path, timeout=20, **options)

    def push(self, *posts: Post, to: list[str] | str) -> None:
        """Relay posts to streams, as one batch."""
        routes = (to,) if isinstance(to, str) else tuple(to)
        batch = Batch("test", 1, next(_numbers), list(posts), [routes] * len(posts))
        assert self._writer.push(batch, int(time.time()))

    def tasks(self) -> list[tuple[str, list[Any]]]:
        """Take what was sent to the workers: names and arguments, oldest first."""
        taken = []
        while message := self.redis.rpop("control"):
            envelope = json.loads(bytes(message))  # type: ignore[arg-type]  # one, not a list
            arguments = json.loads(base64.b64decode(envelope["body"]))[0]
            taken.append((envelope["headers"]["task"], arguments))
        return taken

    def expire(self, token: str) -> None:
        """Expire one of our tokens now."""
        self._write("UPDATE tokens SET expires_at = 1 WHERE hash = ?", fingerprint(token))

    def take_too_long(self) -> None:
        """Backdate every sign-in that is under way."""
        self._write("UPDATE sign_ins SET created_at = 1")

    def started_long_ago(self, stream_id: str) -> None:
        """Backdate the start of a stream."""
        self._write("UPDATE streams SET changed_at = 1 WHERE id = ?", stream_id)

    def _write(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self.folder / "data" / "weir.db", timeout=10)) as database:
            database.execute(statement, values)
            database.commit()

    def _answers(self) -> bool:
        assert self.processes.is_running(self.name), self.output()
        try:
            return requests.get(self.url + "/healthz", timeout=5).ok
        except requests.RequestException:
            return False


def post(number: int | str, text: str = "made up", **fields: Any) -> Post:
    """Make a post."""
    return Post(str(number), text, **{"label": "positive", **fields})
