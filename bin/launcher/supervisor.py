"""Keeps parts running: one that ends is started again; when somebody asks, all end."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bin.launcher.errors import AskedToStop, LaunchError, PartEnded
from bin.launcher.part import Guard, Part
from bin.launcher.screen import Screen
from streams.settings import ROOT

POLL_SECONDS = 0.05
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a part is started again; the pause doubles each time."""
STABLE_SECONDS = 60.0
"""A part that ran this long begins anew with the shortest pause."""
FEW_STARTS = 5
"""Starts in a row after which a part counts as one that cannot stay up."""


class LastingPart:
    """A part that is to run as long as the others, and how often it had to be started."""

    def __init__(self, open_part: Callable[[], Part]) -> None:
        self._open = open_part
        self.part = open_part()
        self._started_at = time.monotonic()
        self._again_at: float | None = None
        self._starts = 0

    def check(self, say: Callable[[str], None]) -> None:
        """Report the end of the part, once, and start it again when that is due."""
        now = time.monotonic()
        if self._again_at is None:
            if (code := self.part.ended()) is not None:
                self._plan(code, now, say)
        elif now >= self._again_at:
            self.part.kill_rest()
            self._again_at = None
            self._started_at = now
            self.part = self._open()

    def _plan(self, code: int, now: float, say: Callable[[str], None]) -> None:
        self._starts = 1 if now - self._started_at >= STABLE_SECONDS else self._starts + 1
        pause = min(FIRST_PAUSE * 2 ** (self._starts - 1), LONGEST_PAUSE)
        self._again_at = now + pause
        say(f"{self.part.name} ended by itself ({ending(code)}); starting it again in {pause:g} s")
        if self._starts == FEW_STARTS:
            last = "\n".join(self.part.output.last)
            say(f"{self.part.name} cannot stay up; the rest goes on. Its last lines:\n{last}")


def ending(code: int) -> str:
    """Name the way in which a process ended: its exit code, or the signal."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class Supervisor:
    """The parts that run, their environment, and whether somebody asked for the end."""

    def __init__(self, env: dict[str, str], logs: Path, screen: Screen, held: int):
        """`held` is the lock's descriptor, which the guard keeps until everything has ended."""
        self.env = env
        self.screen = screen
        self.logs = logs
        self._held = held
        self._guard = Guard((held,))
        self._parts: list[Part] = []
        self._lasting: list[LastingPart] = []
        self._heals = False
        self._asked = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._ask)

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        self._asked = True

    def _open(self, name: str, command: str | list[str], stage: int = 0, stdin: str = "") -> Part:
        part = Part(
            name,
            command,
            guard=self._guard,
            env=self.env,
            cwd=ROOT,
            log=self.logs / f"{name}.log",
            stage=stage,
            stdin=stdin,
        )
        # What ended before under this name is shown no more, and must not be counted for ever.
        self._parts = [each for each in self._parts if each.name != name or each.ended() is None]
        self._parts.append(part)
        return part

    def _show(self) -> None:
        for part in self._parts:
            for line in part.output.lines():
                self.screen.line(part.name, line)

    def start(
        self, name: str, command: str | list[str], *, stage: int = 0, stdin: str = ""
    ) -> None:
        """Start a part that is to run as long as the others; higher stages are stopped later."""
        self._lasting.append(LastingPart(lambda: self._open(name, command, stage, stdin)))

    def heal(self) -> None:
        """From now on, start a part that ends again; until then its end is the end of all."""
        self._heals = True

    def run_to_end(self, name: str, command: str, seconds: float) -> tuple[int, list[str]]:
        """Run a command that ends by itself; gives its exit code and last lines."""
        part = self._open(name, command)
        self.until(lambda: part.ended() is not None, seconds, name)
        self._show()
        return part.ended() or 0, list(part.output.last)

    def tick(self) -> None:
        """Wait a moment; raises AskedToStop or PartEnded."""
        time.sleep(POLL_SECONDS)
        self._show()
        if self._asked:
            raise AskedToStop
        for lasting in self._lasting:
            if self._heals:
                lasting.check(self.screen.say)
            elif (code := lasting.part.ended()) is not None:
                self._show()
                raise PartEnded(
                    f"{lasting.part.name} ended by itself ({ending(code)}) before Weir was ready, "
                    "so the rest is stopped. Its last lines:\n"
                    + "\n".join(lasting.part.output.last)
                )
        if self._guard.process.poll() is not None:
            raise PartEnded("The process that guards the others ended, so the rest is stopped")

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition; raises LaunchError when it takes too long."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.tick()
            if time.monotonic() > deadline:
                raise LaunchError(f"{what} was not there after {seconds:.0f} s: see {self.logs}")

    def stop(self) -> None:
        """End everything, the highest stage last, and return when it has ended."""
        if self._parts:
            self.screen.say("Stopping ...")
        if self._guard.process.poll() is not None:
            self._guard = Guard((self._held,))
            for part in self._parts:
                self._guard.watch(part.pid, part.stage, part.name)
        self._guard.dismiss()
        while self._guard.process.poll() is None:
            for part in self._parts:
                part.ended()
            self._show()
            time.sleep(POLL_SECONDS)
        self._show()
        if self._parts:
            self.screen.say("Stopped.")
