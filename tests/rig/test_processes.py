"""The rig itself: what it starts ends, however the test run does."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.settings import ROOT
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.waiting import wait_until

pytestmark = pytest.mark.slow

PARENT_AND_CHILD = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(600)",
]


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody waited for counts as ended."""
    asked = ["ps", "-o", "state=", "-p", str(pid)]
    state = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return state in ("", "Z")


def test_what_a_process_says_is_kept(processes: Processes, tmp_path: Path) -> None:
    words = ["/bin/sh", "-c", "echo one; echo two >&2; exit 3"]
    processes.start("speaker", words, clean(tmp_path))
    assert processes.wait("speaker") == 3
    assert processes.output("speaker") == "one\ntwo\n"


def test_a_process_is_stopped_killed_and_started_again(
    processes: Processes, tmp_path: Path
) -> None:
    env = clean(tmp_path)
    processes.start("sleeper", "sleep 600", env)
    assert processes.stop("sleeper") == -signal.SIGTERM
    processes.start("sleeper", "sleep 600", env)
    processes.kill("sleeper")
    assert not processes.is_running("sleeper")


def test_closing_ends_a_process_that_ignores_sigterm_and_what_it_started(tmp_path: Path) -> None:
    with Processes(tmp_path, grace=0.5) as processes:
        stubborn = ["/bin/sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait; sleep 600"]
        processes.start("stubborn", stubborn, clean(tmp_path))
        child = int(wait_until(lambda: processes.output("stubborn"), 10, "the child's pid"))
    assert is_gone(child)


def test_a_killed_test_run_leaves_no_process(tmp_path: Path) -> None:
    script = f"""
import time
from pathlib import Path
from tests.rig.processes import Processes
processes = Processes(Path({str(tmp_path)!r}))
print(processes.start("parent", {PARENT_AND_CHILD!r}, {{}}).pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        parent = int(run.stdout.readline())
        child = int(wait_until((tmp_path / "parent.log").read_text, 10, "the child's pid"))
        run.kill()
    wait_until(lambda: is_gone(parent) and is_gone(child), 20, "the end of both")


def test_a_wait_that_fails_says_for_what() -> None:
    with pytest.raises(AssertionError, match=r"not within 0\.1 s: the moon to rise"):
        wait_until(lambda: False, 0.1, "the moon to rise")
