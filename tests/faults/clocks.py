"""Clocks that are set wrong: one part's clock steps an hour ahead, then two back, then is right.

Python sleeps until a monotonic time, which libfaketime takes for a wall time: a library of our
own moves the wall clock alone.
"""

import struct
import subprocess
import time
from collections.abc import Callable
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
        weir = trial.weir
        library, offset = (weir.data_dir.parent / name for name in ("clock.so", "clock"))
        if not _build(library):
            trial.says("not tried: there is no C compiler")
            return
        offset.write_bytes(struct.pack("q", 0))
        faked = {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(offset)}
        weir.stop(part)
        weir.processes.start(part, weir.command(part), {**weir.env, **faked})
        weir.wait_ready(part)
        trial.wait(lambda: trial.state() == "running", "the stream to run")
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


def _is_reconciled(trial: Trial) -> bool:
    with trial.redis() as client:
        return bool(client.exists(names.RECONCILED))


def _build(library: Path) -> bool:
    words = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    try:
        return subprocess.run(words, check=False).returncode == 0
    except FileNotFoundError:
        return False
