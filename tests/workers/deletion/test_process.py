"""Deletions run in a process of their own, which asks the one that writes captures for help."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.workers.deletion.lab import Lab, raw
from workers.captures.recorder import recorders
from workers.collector.deletion_filter import DeletedIds
from workers.deletion.process import DeletionProcess


@pytest.fixture
def process(
    lab: Lab,
    valkey: Valkey,
    monkeypatch: pytest.MonkeyPatch,
) -> DeletionProcess:
    monkeypatch.setenv("REDIS_URL", valkey.url)
    monkeypatch.setenv("DATABASE_URL", lab.settings.database_url)
    monkeypatch.setattr("workers.deletion.process.AGAIN_SECONDS", 0.0)
    ids = DeletedIds(lab.store.deletions.forgotten)
    return DeletionProcess(lab.store, lab.name, ids, lab.clock, threading.Event())


def finish(process: DeletionProcess) -> None:
    while process.step():
        pass


def test_it_has_the_open_segment_of_its_collector_sealed_and_takes_a_post_out(
    lab: Lab,
    process: DeletionProcess,
) -> None:
    lab.stream("rain")
    with closing(lab.recorder()) as recorder:
        recorder.start()
        assert recorder in recorders
        writer, _ = recorder.open("rain.1")
        for number in "123":
            writer.write(raw(number), lab.clock.now, number)
        asked = lab.ask("2")
        finish(process)
        assert lab.kept("rain.1") == ["1", "3"]
    assert lab.deletion(asked).state == "done"


def test_an_order_whose_process_is_killed_says_so_and_is_done_by_the_next(
    lab: Lab,
    process: DeletionProcess,
    processes_of: Callable[[str], list[int]],
) -> None:
    stream_id = lab.stream("rain")
    lab.seal(stream_id, "rain", raw("1"), raw("2"))
    asked = lab.ask("2")
    runs = threading.Thread(target=process.step)
    runs.start()
    for pid in wait_until(lambda: processes_of("workers.deletion"), 20, "the process"):
        os.kill(pid, signal.SIGKILL)
    runs.join(20)
    (work,) = lab.deletion(asked).machines
    said = "The process that looked through the files was killed; Weir starts another."
    assert work.trouble == said
    finish(process)
    assert lab.deletion(asked).state == "done"


@pytest.fixture
def processes_of() -> Callable[[str], list[int]]:
    """Find the processes that this one started, by a word of their command."""

    def found(word: str) -> list[int]:
        words = ["pgrep", "-P", str(os.getpid()), "-f", word]
        return [int(pid) for pid in subprocess.run(words, capture_output=True).stdout.split()]

    return found
