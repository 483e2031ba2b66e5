"""Clocks that are set wrong: one part's clock steps an hour ahead, then two back, then is right.

Python sleeps until a monotonic time, which libfaketime takes for a wall time: a library of our
own moves the wall clock alone.
"""

import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from streams import names
from tests.faults.trial import Trial

SOURCE = Path(__file__).with_name("stepped_clock.c")
STEP_SECONDS = 6.0
STEPS = (3600, -3600, 0)
RECONCILED_SECONDS = 20.0


def stepped(part: str) -> Callable[[Trial], None]:
    """Run a part under a clock that a file moves; its monotonic clock goes on, as after a step."""

    def strike(trial: Trial) -> None:
        if not _build(trial):
            return
        weir = trial.weir
        weir.stop(part)
        offset = _start_under(trial, part, 0)
        said = len(trial.watcher.said)
        try:
            with offset.open("r+b", buffering=0) as file:
                for step in STEPS:
                    time.sleep(STEP_SECONDS)
                    what = f"a request of beat to be taken, before the step to {step} s"
                    trial.wait(lambda: _is_reconciled(trial), what, RECONCILED_SECONDS)
                    file.seek(0)
                    file.write(struct.pack("q", step))
                time.sleep(STEP_SECONDS)
            trial.expect(weir.processes.is_running(part), f"{part} ended")
            blamed = [word for word in trial.watcher.said[said:] if word == "fault:no_collector"]
            trial.expect(not blamed, "a collector that runs is said not to")
            if part == "collector":
                trial.must_hear("readyz:clock")
        finally:
            weir.restart(part)

    return strike


def killed(trial: Trial) -> None:
    """Kill a collector whose clock is an hour ahead, and its successor, an hour behind."""
    if not _build(trial):
        return
    weir = trial.weir
    try:
        for step in STEPS:
            weir.kill("collector")
            time.sleep(1)
            _start_under(trial, "collector", step)
            time.sleep(STEP_SECONDS)
        trial.must_hear("readyz:clock")
    finally:
        weir.restart("collector")


def _start_under(trial: Trial, part: str, ahead: int) -> Path:
    """Start a part with its clock so many seconds ahead; return the file that moves the clock."""
    weir = trial.weir
    offset = weir.data_dir.parent / "clock"
    offset.write_bytes(struct.pack("q", ahead))
    faked = {"LD_PRELOAD": str(_library(trial)), "CLOCK_OFFSET_FILE": str(offset)}
    weir.processes.start(part, weir.command(part), {**weir.env, **faked})
    weir.wait_ready(part)
    trial.wait(lambda: trial.state() == "running", "the stream to run")
    return offset


def _is_reconciled(trial: Trial) -> bool:
    with trial.redis() as client:
        return bool(client.exists(names.RECONCILED))


def _library(trial: Trial) -> Path:
    return trial.weir.data_dir.parent / "clock.so"


def _build(trial: Trial) -> bool:
    """Build the library that moves clocks; without a compiler the row says so."""
    library = str(_library(trial))
    words = ["cc", "-shared", "-fPIC", "-O2", "-o", library, str(SOURCE), "-ldl"]
    with suppress(FileNotFoundError):
        if subprocess.run(words, check=False).returncode == 0:
            return True
    trial.says("not tried: there is no C compiler")
    return False
