"""The whole system as `bin/run` starts it, Redis too, with all of its files on a small disk."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bin.launcher.ports import answers
from streams.settings import ROOT
from tests.faults.disk import small_disk, write_until_full
from tests.faults.trial import SIMULATOR, WORD, Trial
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.waiting import wait_until
from tests.rig.weir import CREDENTIALS, Weir

MEGABYTES = 96
FULL_SECONDS = 15.0
READY_SECONDS = 90.0
SETTINGS = {"CAPTURE_DISK_RESERVE": "16MiB", "VIEWER_POSTS_PER_SECOND": "100000"}


class LaunchedWeir(Weir):
    """A system whose parts belong to one launcher."""

    parts = ("launcher",)

    def __init__(self, folder: Path, **settings: str) -> None:
        """Start simulator and launcher, and wait until it is ready."""
        self.data_dir = folder / "data"
        self.env = clean(self.data_dir, **CREDENTIALS, **settings)
        port = self.env["SIMULATOR_PORT"]
        self.simulator_url = self.env["X_API_BASE"] = f"http://127.0.0.1:{port}"
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.processes = Processes(folder / "output", grace=30)
        words = ["-m", "simulator", "--port", port, *SIMULATOR]
        self.processes.python("simulator", *words, env=self.env)
        wait_until(lambda: answers("127.0.0.1", int(port)), READY_SECONDS, "the simulator")
        command = [sys.executable, "-m", "bin.launcher"]
        self.processes.start("launcher", command, self.env, cwd=ROOT)
        wait_until(lambda: "Weir is ready" in self.says(), READY_SECONDS, "the launcher")
        self.env["REDIS_URL"] = (self.data_dir / "redis" / "url").read_text().strip()

    def says(self) -> str:
        """Return all that the launcher has printed."""
        return self.processes.output("launcher")


@contextmanager
def small_system(folder: Path) -> Iterator[LaunchedWeir | None]:
    """Start a system on a file system of a few megabytes; None where nothing may be mounted."""
    with small_disk(folder / "data", MEGABYTES) as is_mounted:
        if not is_mounted:
            yield None
            return
        with closing(LaunchedWeir(folder, **SETTINGS)) as weir:
            yield weir


def fill(trial: Trial) -> None:
    """Fill the disk that captures, Redis, database and logs share, and make room again.

    The stream with a capture stops, and one without goes on.
    """
    weir = trial.weir
    assert isinstance(weir, LaunchedWeir)
    live = trial.person.start(keywords=[WORD], languages=[])
    trial.wait(lambda: trial.person.state(live) == "running", "the live stream to run")
    viewer = trial.person.watch(live)
    filler = weir.data_dir / "filler"
    try:
        write_until_full(filler)
        time.sleep(FULL_SECONDS - 5)
        shown = len(viewer.ids())
        time.sleep(5)
        trial.says(f"live: {len(viewer.ids()) - shown} posts in 5 s")
        trial.expect(len(viewer.ids()) > shown, "live did not go on")
        trial.expect(
            "Redis keeps its data in memory alone" in weir.says(), "Redis went on with its files"
        )
    finally:
        filler.unlink()
    trial.must_hear("fault:disk", "note:", "readyz:disk")
    again = "Redis keeps its data there"
    trial.wait(lambda: again in weir.says(), "Redis to use the disk again")
    trial.person.call("DELETE", f"/streams/{live}")
    trial.expect("ended by itself" not in weir.says(), "a part ended by itself")
