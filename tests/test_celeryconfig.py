"""Celery's configuration, read by real workers over a real server."""

import json
import runpy
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery

from streams import names
from streams.names import TASK_COLLECT, TASK_RECONCILE, TASK_TAG
from streams.settings import ROOT, settings
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.tls import TlsDoor
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until

APP = """
import os, time
import redis
from celery import Celery
from streams.settings import settings

import workers.lifecycle.graceful_shutdown  # ends beat as Weir's own ends

app = Celery("weir")
app.config_from_object("celeryconfig")


def note(word):
    with redis.Redis.from_url(settings().redis_url, **settings().redis_options()) as client:
        client.rpush("notes", word)
        return client.llen("notes")


@app.task(name="weir.tag")
def tag(word):
    if note("tag " + word) == 1 and word == "die":
        os.kill(os.getpid(), 9)


@app.task(name="weir.reconcile")
def reconcile():
    note("reconcile")
"""
WORKER = "-A app worker --without-gossip --without-mingle -c 1"


@pytest.fixture
def door(valkey: Valkey, tmp_path: Path) -> Iterator[TlsDoor]:
    with closing(TlsDoor(valkey.port, tmp_path)) as opened:
        yield opened


def celery(processes: Processes, name: str, words: str, env: dict[str, str], folder: Path) -> None:
    """Start a Celery process of an app with our configuration and two tasks that leave a note."""
    (folder / "app.py").write_text(APP)
    command = [sys.executable, "-m", "celery", *words.split()]
    here = {**env, "PYTHONPATH": f"{folder}:{Path.cwd()}"}
    processes.start(name, command, here)


def notes(valkey: Valkey) -> list[bytes]:
    with valkey.client() as client:
        return list(client.lrange("notes", 0, -1))


def configuration() -> dict[str, Any]:
    """Read it afresh, under the settings of the test that asks."""
    return runpy.run_path(str(ROOT / "celeryconfig.py"))


def send(url: str, task: str, *words: str) -> None:
    """Send a task as another process does: by name, through our configuration."""
    with Celery(broker=url, set_as_current=False) as app:
        app.conf.task_routes = configuration()["task_routes"]
        app.send_task(task, args=words)


def test_every_task_has_its_queue_and_only_tagging_is_acknowledged_late() -> None:
    found = configuration()
    tasks = {value for key, value in vars(names).items() if key.startswith("TASK_")}
    queues = {task: route["queue"] for task, route in found["task_routes"].items()}
    others = {TASK_COLLECT: "collect", names.TASK_EXPORT: "jobs", TASK_TAG: "tag"}
    assert queues == {**dict.fromkeys(tasks, "control"), **others}
    late = [task for task, how in found["task_annotations"].items() if how.get("acks_late")]
    assert late == [TASK_TAG]
    assert found["accept_content"] == ["json"]
    assert "result_backend" not in found


def test_a_batch_is_tagged_again_when_its_tagger_dies(
    processes: Processes, valkey: Valkey, tmp_path: Path
) -> None:
    env = clean(tmp_path / "data", REDIS_URL=valkey.url)
    celery(processes, "tagger", f"{WORKER} --pool prefork -Q tag", env, tmp_path)
    send(valkey.url, TASK_TAG, "die")
    wait_until(lambda: notes(valkey) == [b"tag die"] * 2, 30, "the second attempt")


def test_beat_asks_for_a_reconciliation_every_two_seconds_whatever_the_clock_of_the_worker(
    processes: Processes, valkey: Valkey, tmp_path: Path
) -> None:
    env = clean(tmp_path / "data", REDIS_URL=valkey.url)
    celery(processes, "beat", "-A app beat", env, tmp_path)
    with valkey.client() as client:
        wait_until(lambda: client.llen("control") >= 2, 20, "two requests")
        assert processes.stop("beat") == 0
        headers = [json.loads(task)["headers"] for task in client.lrange("control", 0, -1)]
    assert {(one["task"], one["expires"], one["eta"]) for one in headers} == {
        (TASK_RECONCILE, None, None)
    }
    celery(processes, "collector", f"{WORKER} --pool threads -Q control", env, tmp_path)
    wait_until(lambda: notes(valkey) == [b"reconcile"] * len(headers), 30, "the requests")
    assert (tmp_path / "data").is_dir()


def test_a_worker_works_over_tls_with_a_certificate_that_signed_itself(
    processes: Processes,
    valkey: Valkey,
    door: TlsDoor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = valkey.url.replace("redis://", "rediss://").replace(str(valkey.port), str(door.port))
    env = clean(tmp_path / "data", REDIS_URL=url)
    celery(processes, "tagger", f"{WORKER} --pool prefork -Q tag", env, tmp_path)
    send(valkey.url, TASK_TAG, "hello")
    wait_until(lambda: notes(valkey) == [b"tag hello"], 30, "the task to be done")

    monkeypatch.setenv("REDIS_URL", url)
    settings.cache_clear()
    with redis.Redis.from_url(url, **settings().redis_options()) as client:
        assert client.ping()
    settings.cache_clear()
    monkeypatch.setenv("REDIS_VERIFY", "true")
    with (
        redis.Redis.from_url(url, **settings().redis_options()) as client,
        pytest.raises(redis.ConnectionError, match="certificate verify failed"),
    ):
        client.ping()
