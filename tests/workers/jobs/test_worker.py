"""The jobs worker makes exports in a bounded child, and what ends one early is recorded."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from celery import Celery

from streams.exports import ExportOrder, ExportSelection
from streams.filter import Filter
from streams.names import QUEUE_JOBS, TASK_EXPORT
from streams.plan import CaptureOptions, Plan
from streams.settings import ROOT
from tests.rig.database import new_store
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import START, post, recorder_in, sealed_in
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.lifecycle.bounds import NICENESS

POSTS = 20_000
"""Some seconds of work where they become an Excel file."""
FOR_EVER = 1 << 60


class Bench:
    """A jobs worker of the Procfile, and orders of one collection for it."""

    def __init__(self, processes: Processes, valkey: Valkey, folder: Path) -> None:
        self.processes = processes
        self.env = clean(folder, REDIS_URL=valkey.url, DATABASE_URL=f"sqlite:///{folder}/weir.db")
        self.store = new_store(folder)
        self._celery = Celery(broker=valkey.url, set_as_current=False)
        self._account = self.store.accounts.sign_in("1", "jo", "Jo", None, b"sealed", START).id
        plan = Plan(capture=CaptureOptions("rain"))
        stream = self.store.streams.create(
            self._account, "s", Filter(word="rain"), START, plan=plan
        )
        self._stream, self._folder = stream.id, stream.folder or ""
        self._seal(folder / "captures")
        self.start()

    def _seal(self, root: Path) -> None:
        with closing(recorder_in(root, QuickDisk())) as recorder:
            writer, _ = recorder.open(self._folder)
            for number in range(POSTS):
                writer.write(post(number), START, str(number))
            recorder.finish(writer)
        (data,) = sealed_in(root / self._folder)
        manifest = read_manifest(manifest_path(data).read_bytes())
        fields = msgspec.to_builtins(manifest)
        self.store.segments.add(
            self._stream, self._folder, "lab", POSTS, manifest.bytes, START, fields
        )

    def start(self) -> None:
        command = next(
            line.partition(": ")[2]
            for line in (ROOT / "Procfile").read_text().splitlines()
            if line.startswith("jobs: ")
        )
        self.processes.start("jobs", command, self.env)

    def order(self, number: int) -> str:
        order_id = f"{number:032x}"
        chosen = ExportSelection(format="xlsx")
        self.store.exports.add(
            ExportOrder(
                order_id, self._account, self._stream, "rain", chosen, "queued", START, FOR_EVER
            )
        )
        self.send(order_id)
        return order_id

    def send(self, order_id: str) -> None:
        self._celery.send_task(TASK_EXPORT, [order_id], queue=QUEUE_JOBS)

    def found(self, order_id: str) -> ExportOrder:
        order = self.store.exports.get(order_id)
        assert order is not None
        return order

    def wait_for(self, order_id: str, state: str) -> ExportOrder:
        wait_until(lambda: self.found(order_id).state == state, 60, f"an export that is {state}")
        return self.found(order_id)

    def child(self) -> int:
        """Return the process that works on a task."""
        (pid,) = subprocess.check_output(
            ["pgrep", "-P", str(self.processes.pid("jobs"))], text=True
        ).split()
        return int(pid)

    def close(self) -> None:
        self._celery.close()
        self.store.engine.dispose()


@pytest.fixture
def bench(processes: Processes, valkey: Valkey, tmp_path: Path) -> Iterator[Bench]:
    with closing(Bench(processes, valkey, tmp_path / "data")) as opened:
        yield opened


def test_an_export_outlives_a_killed_child_and_a_stopped_worker(bench: Bench) -> None:
    order_id = bench.order(1)
    bench.wait_for(order_id, "running")
    lowered = min(19, os.nice(0) + NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, bench.child()) == lowered
    os.kill(bench.child(), signal.SIGKILL)
    killed = bench.wait_for(order_id, "queued")
    assert killed.fault == (
        "Its process was killed, by hand or because the server had no memory left."
        " Weir makes it again."
    )
    assert order_id in bench.store.exports.due(START)  # reconcile sends it at once

    bench.send(order_id)
    bench.wait_for(order_id, "running")
    assert bench.processes.stop("jobs") == 0
    stopped = bench.found(order_id)
    assert (stopped.state, stopped.attempts) == ("queued", 1)

    bench.start()
    bench.send(order_id)
    done = bench.wait_for(order_id, "done")
    assert (done.posts, done.fault) == (POSTS, None)


def test_a_bounded_process_gets_a_memory_error_past_its_bound() -> None:
    script = """
from workers.lifecycle.bounds import bound
bound(300 << 20)
held = bytearray(100 << 20)
try:
    bytearray(300 << 20)
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("refused\n", "")
