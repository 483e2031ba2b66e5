"""Clocks that are set wrong: one part's clock steps an hour ahead, then two back, then is right."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.trial import Trial

LIBRARY = "faketime/libfaketimeMT.so.1"
FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")
STEP_SECONDS = 6.0


def library() -> Path | None:
    """Find libfaketime (Debian's package of that name)."""
    return next((path for folder in FOLDERS if (path := Path(folder, LIBRARY)).exists()), None)


def stepped(part: str) -> Callable[[Trial], None]:
    """Run a part under a clock that a file moves; its monotonic clock goes on, as after a step."""

    def strike(trial: Trial) -> None:
        preloaded = library()
        if preloaded is None:
            trial.says("not tried: libfaketime is not installed")
            return
        weir = trial.weir
        offset = weir.data_dir.parent / f"clock of {part}"
        offset.write_text("+0")
        faked = {
            "LD_PRELOAD": str(preloaded),
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        weir.stop(part)
        weir.processes.start(part, weir.command(part), {**weir.env, **faked})
        weir.wait_ready(part)
        try:
            for step in ("+3600", "-3600", "+0"):
                time.sleep(STEP_SECONDS)
                offset.write_text(step)
            time.sleep(STEP_SECONDS)
            trial.expect(weir.processes.is_running(part), f"{part} ended")
        finally:
            weir.restart(part)
        blamed = [word for word in trial.watcher.said if word == "fault:no_collector"]
        trial.expect(not blamed, "a part that runs is said not to")

    return strike
