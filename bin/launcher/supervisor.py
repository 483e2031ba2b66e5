"""Keeps parts running: one that ends is started again; when somebody asks, all end."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bin.launcher.child_process import ChildProcess, Watchdog
from bin.launcher.console import Console
from bin.launcher.errors import ChildEnded, LaunchError, StopRequested
from streams.settings import ROOT

POLL_SECONDS = 0.05
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a part is started again; the pause doubles each time."""
STABLE_SECONDS = 60.0
"""A part that ran this long begins anew with the shortest pause."""
FEW_STARTS = 5
"""Starts in a row after which a part counts as one that cannot stay up."""


class RestartedProcess:
    """A part that is to run as long as the others, and how often it had to be started."""

    def __init__(self, open_child: Callable[[], ChildProcess]) -> None:
        self._open = open_child
        self.child = open_child()
        self._started_at = time.monotonic()
        self._again_at: float | None = None
        self._starts = 0

    def check(self, say: Callable[[str], None]) -> None:
        """Report the end of the child, once, and start it again when that is due."""
        now = time.monotonic()
        if self._again_at is None:
            if (code := self.child.ended()) is not None:
                self._plan(code, now, say)
        elif now >= self._again_at:
            self.child.kill_rest()
            self._again_at = None
            self._started_at = now
            self.child = self._open()

    def _plan(self, code: int, now: float, say: Callable[[str], None]) -> None:
        self._starts = 1 if now - self._started_at >= STABLE_SECONDS else self._starts + 1
        pause = min(FIRST_PAUSE * 2 ** (self._starts - 1), LONGEST_PAUSE)
        self._again_at = now + pause
        say(f"{self.child.name} ended by itself ({ending(code)}); starting it again in {pause:g} s")
        if self._starts == FEW_STARTS:
            last = "\n".join(self.child.output.last)
            say(f"{self.child.name} cannot stay up; the rest goes on. Its last lines:\n{last}")


def ending(code: int) -> str:
    """Name the way in which a process ended: its exit code, or the signal."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class Supervisor:
    """The parts that run, their environment, and whether somebody asked for the end."""

    def __init__(self, env: dict[str, str], logs: Path, console: Console, held: int):
        """`held` is the lock's descriptor, which the watchdog keeps until everything has ended."""
        self.env = env
        self.console = console
        self.logs = logs
        self._held = held
        self._watchdog = Watchdog((held,))
        self._children: list[ChildProcess] = []
        self._restarted: list[RestartedProcess] = []
        self._checks: list[Callable[[], None]] = []
        self._heals = False
        self._asked = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._ask)

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        self._asked = True

    def _open(
        self, name: str, command: str | list[str], stage: int = 0, stdin: str = ""
    ) -> ChildProcess:
        child = ChildProcess(
            name,
            command,
            watchdog=self._watchdog,
            env=self.env,
            cwd=ROOT,
            log=self.logs / f"{name}.log",
            stage=stage,
            stdin=stdin,
        )
        # What ended before under this name is shown no more, and must not be counted for ever.
        self._children = [
            each for each in self._children if each.name != name or each.ended() is None
        ]
        self._children.append(child)
        return child

    def _show(self) -> None:
        for child in self._children:
            for line in child.output.lines():
                self.console.line(child.name, line)

    def start(
        self,
        name: str,
        command: str | list[str],
        *,
        stage: int = 0,
        stdin: Callable[[], str] = str,
    ) -> None:
        """Start a part that is to run as long as the others; higher stages are stopped later.

        `stdin` gives its input, anew for each start.
        """
        self._restarted.append(RestartedProcess(lambda: self._open(name, command, stage, stdin())))

    def each_tick(self, check: Callable[[], None]) -> None:
        """Call `check` again and again while the parts run."""
        self._checks.append(check)

    def heal(self) -> None:
        """From now on, start a part that ends again; until then its end is the end of all."""
        self._heals = True

    def run_to_end(self, name: str, command: str, seconds: float) -> tuple[int, list[str]]:
        """Run a command that ends by itself; gives its exit code and last lines."""
        child = self._open(name, command)
        self.until(lambda: child.ended() is not None, seconds, name)
        self._show()
        return child.ended() or 0, list(child.output.last)

    def tick(self) -> None:
        """Wait a moment; raises StopRequested or ChildEnded."""
        time.sleep(POLL_SECONDS)
        self._show()
        if self._asked:
            raise StopRequested
        for check in self._checks:
            check()
        for lasting in self._restarted:
            if self._heals:
                lasting.check(self.console.say)
            elif (code := lasting.child.ended()) is not None:
                self._show()
                raise ChildEnded(
                    f"{lasting.child.name} ended by itself ({ending(code)}) before Weir was ready, "
                    "so the rest is stopped. Its last lines:\n"
                    + "\n".join(lasting.child.output.last)
                )
        if self._watchdog.process.poll() is not None:
            raise ChildEnded("The process that guards the others ended, so the rest is stopped")

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition; raises LaunchError when it takes too long."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.tick()
            if time.monotonic() > deadline:
                raise LaunchError(f"{what} was not there after {seconds:.0f} s: see {self.logs}")

    def stop(self) -> None:
        """End everything, the highest stage last, and return when it has ended."""
        if self._children:
            self.console.say("Stopping ...")
        if self._watchdog.process.poll() is not None:
            self._watchdog = Watchdog((self._held,))
            for child in self._children:
                self._watchdog.watch(child.pid, child.stage, child.name)
        self._watchdog.dismiss()
        while self._watchdog.process.poll() is None:
            for child in self._children:
                child.ended()
            self._show()
            time.sleep(POLL_SECONDS)
        self._show()
        if self._children:
            self.console.say("Stopped.")
