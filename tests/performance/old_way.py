"""The old ways, as small honest programs: one process that does it all, and one task a post.

Run by `tests.performance.baselines`: `python -m tests.performance.old_way PORT HOW`, where HOW is
`plain` or `folded` for one process that labels and emits, or `relay` for a web process that emits
what tasks send it. The tasks: `celery -A tests.performance.old_way worker`.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import msgspec
from celery import Celery
from flask import Flask
from flask_socketio import SocketIO

from models.artefact import load_artefact
from models.benchmark import made_up
from models.compiled import known_words
from models.model import SHIPPED, load
from models.pipeline import pipeline
from streams.clock import now_ms

EVENT = "post"
TEXTS = 20_000
"""Fresh texts; none of the programs gets through them in a round, or keeps anything of them."""
REDIS = os.environ.get("REDIS_URL", "")
celery = Celery("old_way", broker=REDIS)
celery.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64)


def labels(how: str) -> Callable[[Sequence[str]], object]:
    """Return what labels texts: the compiled model, or the scikit-learn pipelines it is made of."""
    if how == "folded":
        model = load(SHIPPED)
        return lambda texts: model.predict(texts)[0].label
    manifest, weights = load_artefact(SHIPPED)
    steps = [
        pipeline(node, each, known_words(weights))
        for node, each in zip(manifest.tree.nodes(), weights, strict=True)
    ]
    return lambda texts: [float(step.predict_proba(texts)[0][0]) for step in steps]


def lines() -> Iterator[bytes]:
    """Yield posts as a platform sends them, for ever."""
    names = [name for name in load(SHIPPED).compiled.features() if name.isalpha()]
    posts = [
        msgspec.json.encode({"data": {"id": str(number), "text": text, "lang": "en"}})
        for number, text in enumerate(made_up(TEXTS, names))
    ]
    while True:
        yield from posts


def event_of(line: bytes, label: Callable[[Sequence[str]], object]) -> dict[str, object]:
    """Decode one post, label it, return what viewers get."""
    post = msgspec.json.decode(line)["data"]
    return {**post, "label": label([post["text"]]), "received_at": now_ms()}


@cache
def _tools(how: str) -> tuple[SocketIO, Callable[[Sequence[str]], object]]:
    return SocketIO(message_queue=REDIS), labels(how)


@celery.task(name="old_way.label_one")  # type: ignore[untyped-decorator]  # no types
def label_one(line: str, how: str) -> None:
    """Label one post in a task of its own, and emit it over the message queue."""
    queue, label = _tools(how)
    queue.emit(EVENT, event_of(line.encode(), label))


def main(port: str, how: str) -> None:
    """Serve viewers; unless it only relays, label and emit posts as fast as it goes."""
    app = Flask(__name__)
    queue = REDIS if how == "relay" else None
    server = SocketIO(app, async_mode="gevent", message_queue=queue)

    def work() -> None:
        label = labels(how)
        for line in lines():
            server.emit(EVENT, event_of(line, label))
            server.sleep(0)

    if how != "relay":
        server.start_background_task(work)
    server.run(app, host="127.0.0.1", port=int(port))


def send_tasks(seconds: float, how: str, most_waiting: int = 2000) -> None:
    """Send a task for each post for so long, with a queue that is never empty and never long."""
    posts = lines()
    next(posts)  # writing them takes a while
    end = time.monotonic() + seconds
    with celery.connection_for_write() as connection, connection.channel() as channel:
        for number, line in enumerate(posts):
            while number % 200 == 0 and channel.client.llen("celery") > most_waiting:
                time.sleep(0.01)
            if time.monotonic() > end:
                return
            celery.send_task("old_way.label_one", [line.decode(), how], connection=connection)


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    main(*sys.argv[1:3])
