"""Every worker ends soon after SIGTERM, and none ends by itself, whatever it is doing."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from celery import Celery
from honcho.environ import parse_procfile

from streams import names
from streams.batch import Batch
from streams.live import batches
from streams.live.held_connection import HeldConnection
from streams.post import Post
from streams.settings import ROOT
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until

SECONDS = 40.0
WORKERS = ("collector", "tagger", "beat")
COMMANDS = parse_procfile((ROOT / "Procfile").read_text()).processes


class Bench:
    """A Redis, and one worker at a time whose tasks come from the test."""

    def __init__(self, processes: Processes, folder: Path):
        self.processes = processes
        self.env = clean(folder / "data", TAGGERS="2")
        self.redis = Valkey(processes, folder / "redis", self.env)
        self.env |= {"REDIS_URL": self.redis.url, "X_API_BASE": "http://127.0.0.1:1"}
        self.env |= {"X_API_KEY": "simulator", "X_API_SECRET": "simulator"}
        self.worker = ""
        self._started = 0
        self._celery = Celery(broker=self.redis.url, set_as_current=False)
        processes.start("release", COMMANDS["release"], self.env)
        assert processes.wait("release", SECONDS) == 0

    def start(self, role: str, sign: str) -> None:
        """Start a worker, and wait until it says `sign`."""
        self._started += 1
        self.worker = f"{role}-{self._started}"
        self.processes.start(self.worker, COMMANDS[role], self.env)
        self.wait_for(sign)

    def start_working(self, role: str) -> None:
        """Start a worker, and wait until it works."""
        if role == "beat":
            self.start(role, "")
            wait_until(lambda: self._length(names.QUEUE_CONTROL), SECONDS, "a task of beat")
        else:
            self.start(role, " ready.")

    def wait_for(self, sign: str) -> None:
        """Wait until the worker, which must not have ended, says something."""
        name = self.worker

        def is_said() -> bool:
            assert self.processes.is_running(name), self.processes.output(name)
            return sign in self.processes.output(name)

        wait_until(is_said, SECONDS, f"{name} to say {sign!r}")

    def stop(self) -> None:
        """Stop the worker, which must end in time."""
        self.processes.stop(self.worker)

    def signal_children(self, signum: signal.Signals) -> None:
        """Send the worker's children a signal."""
        pid = self.processes.pid(self.worker)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signum)

    def signal_redis(self, signum: signal.Signals) -> None:
        """Send Redis a signal."""
        os.kill(self.redis.pid, signum)

    def send(self, number: int, posts: int = 1) -> None:
        """Send the taggers a batch of so many posts."""
        some = [Post(f"{number}.{at}", "a made up post about rain") for at in range(posts)]
        batch = Batch("x", 1, number, some, [("stream",)] * posts)
        with self.redis.client() as client:
            HeldConnection(client).ask(batches.kept(batch))
        self._celery.send_task(names.TASK_TAG, [batch.id], queue=names.QUEUE_TAG, retry=False)

    def wait_until_taken(self) -> None:
        """Wait until the children of a tagger have been given all batches, none of them done."""
        wait_until(lambda: not self._length(names.QUEUE_TAG), SECONDS, "batches to be taken")
        self.turn()
        self.turn()

    def wait_until_idle(self) -> None:
        """Wait until the worker knows that its children have done all tasks."""
        inspect = self._celery.control.inspect(timeout=1)
        wait_until(lambda: list((inspect.active() or {}).values()) == [[]], SECONDS, "idleness")

    def turn(self) -> None:
        """Have the worker's loop take a turn, if it still goes round: to answer is a turn of it."""
        self._celery.control.ping(timeout=1, limit=1)

    def wait_until_relayed(self, posts: int) -> None:
        """Wait until so many have come through, or more."""
        key = names.live_key("stream")
        with self.redis.client() as client:
            wait_until(lambda: int(client.hget(key, "seq") or 0) >= posts, SECONDS, "the posts")

    def begin_anew(self) -> None:
        """End the worker, and have an empty Redis that answers."""
        if self.processes.is_running("redis"):
            self.signal_redis(signal.SIGCONT)
        else:
            self.redis.start()
        if self.processes.is_running(self.worker):
            self.processes.kill(self.worker)
        self.redis.clear()

    def close(self) -> None:
        """Forget the way to Redis."""
        self._celery.close()

    def _length(self, queue: str) -> int:
        with self.redis.client() as client:
            return int(client.llen(queue))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    with Processes(folder / "output") as processes, closing(Bench(processes, folder)) as made:
        yield made


@pytest.fixture
def bench(made: Bench) -> Iterator[Bench]:
    yield made
    made.begin_anew()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("role", WORKERS)
def test_a_worker_ends_although_redis_has_gone_or_hangs(
    bench: Bench, role: str, how: signal.Signals
) -> None:
    bench.start_working(role)
    bench.signal_redis(how)
    bench.stop()


@pytest.mark.parametrize("role", ["collector", "tagger"])
def test_a_worker_ends_that_never_found_redis(bench: Bench, role: str) -> None:
    bench.redis.stop()
    bench.start(role, "Cannot connect")
    bench.stop()


def test_a_tagger_ends_while_its_children_take_up_batches(bench: Bench) -> None:
    bench.start_working("tagger")
    bench.send(0)
    bench.wait_until_relayed(1)
    bench.wait_until_idle()
    bench.signal_children(signal.SIGSTOP)  # as on a machine that has no time for them
    bench.send(1)
    bench.send(2)
    bench.wait_until_taken()
    os.kill(bench.processes.pid(bench.worker), signal.SIGTERM)
    bench.wait_for("Warm shutdown")
    bench.turn()
    bench.turn()  # by then it has left its loop, or sees to it that this is answered
    bench.signal_children(signal.SIGCONT)
    bench.processes.wait(bench.worker)
    bench.start_working("tagger")
    bench.wait_until_relayed(3)


def test_a_tagger_ends_whose_children_hang_and_another_does_their_work(bench: Bench) -> None:
    bench.start_working("tagger")
    bench.signal_children(signal.SIGSTOP)
    bench.send(1)
    bench.wait_until_taken()
    bench.stop()
    bench.start_working("tagger")
    bench.wait_until_relayed(1)


def test_a_batch_that_redis_lost_is_named_and_the_next_one_is_relayed(bench: Bench) -> None:
    bench.start_working("tagger")
    bench.signal_children(signal.SIGSTOP)
    bench.send(1)
    with bench.redis.client() as client:
        assert b"made up" not in b"".join(client.lrange(names.QUEUE_TAG, 0, -1))
        client.delete(names.batch_key("x:1:1"))
    bench.send(2)
    bench.signal_children(signal.SIGCONT)
    bench.wait_for("batch x:1:1 is not in Redis")
    bench.wait_until_relayed(1)
    with bench.redis.client() as client:
        wait_until(lambda: not list(client.scan_iter(names.batch_key("*"))), SECONDS, "an end")


def test_a_tagger_with_a_batch_in_hand_outlives_redis(bench: Bench) -> None:
    bench.start_working("tagger")
    bench.signal_children(signal.SIGSTOP)
    bench.send(1)
    bench.wait_until_taken()
    bench.redis.kill()
    bench.wait_for("Cannot connect")
    bench.signal_children(signal.SIGCONT)
    bench.redis.start()
    bench.send(2)
    bench.wait_until_relayed(1)  # a collector would send the other again
