"""A machine in a network namespace of its own: its cable is pulled, and plugged in again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

from tests.faults.cut_line import CutLine
from tests.faults.trial import Trial

NAME, OUTSIDE, INSIDE = "weir-faults", "weir-out", "weir-in"
HOST, MACHINE = "10.213.77.1", "10.213.77.2"
CUT_SECONDS, SETTLE_SECONDS = 30.0, 8.0
REACHED = ("REDIS_URL", "X_API_BASE")


class NotPermitted(Exception):  # noqa: N818
    """This machine lets nobody make network namespaces."""


def pull_cable(trial: Trial) -> None:
    """Cut the machine that holds the slot off from everything, while another can take over."""
    weir = trial.weir
    try:
        with ExitStack() as stack:
            stack.enter_context(_namespace())
            pairs = []
            for setting in REACHED:
                port = urlsplit(weir.env[setting]).port
                assert port
                outside = stack.enter_context(closing(CutLine(port, HOST)))
                pairs.append(f"{port}={outside.port}")
            words = f"ip netns exec {NAME} python -m tests.faults.cut_line {HOST} {' '.join(pairs)}"
            weir.processes.start("cable", words, weir.env)
            stack.callback(weir.processes.kill, "cable")
            weir.stop("collector")
            command = weir.command("collector").replace("collector@", "machine@")
            weir.processes.start("machine", f"ip netns exec {NAME} {command}", weir.env)
            stack.callback(weir.processes.stop, "machine")
            trial.wait(lambda: weir.pings("machine"), "the machine to serve")
            trial.wait(lambda: trial.state() == "running", "the stream to run on the machine")
            weir.processes.start("collector", weir.command("collector"), weir.env)
            time.sleep(SETTLE_SECONDS)
            _ip("link", "set", OUTSIDE, "down")
            time.sleep(CUT_SECONDS)
            _ip("link", "set", OUTSIDE, "up")
            time.sleep(SETTLE_SECONDS)
    except NotPermitted as error:
        trial.says(f"not tried: {error}")
        return
    trial.must_hear("status:", "fault:")


@contextmanager
def _namespace() -> Iterator[None]:
    """Make a namespace with one cable to this machine."""
    _ip("netns", "add", NAME)
    try:
        _ip("link", "add", OUTSIDE, "type", "veth", "peer", "name", INSIDE, "netns", NAME)
        _ip("address", "add", f"{HOST}/30", "dev", OUTSIDE)
        _ip("link", "set", OUTSIDE, "up")
        _ip("-n", NAME, "address", "add", f"{MACHINE}/30", "dev", INSIDE)
        _ip("-n", NAME, "link", "set", INSIDE, "up")
        _ip("-n", NAME, "link", "set", "lo", "up")
        yield
    finally:
        subprocess.run(["ip", "netns", "delete", NAME], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", OUTSIDE], capture_output=True, check=False)


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotPermitted("there is no program ip") from error
    if done.returncode:
        raise NotPermitted(done.stderr.strip())
