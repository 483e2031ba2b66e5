"""Keeps parts running together: when one ends or somebody asks, all end."""

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
        self._lasting: list[Part] = []
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
        self._lasting.append(self._open(name, command, stage, stdin))

    def run_to_end(self, name: str, command: str, seconds: float) -> tuple[int, list[str]]:
        """Run a command that ends by itself; gives its exit code and last lines."""
        part = self._open(name, command)
        self.until(lambda: part.ended() is not None, seconds, name)
        self._show()
        return part.ended() or 0, list(part.output.last)

    def tick(self) -> None:
        """Let a moment pass; raises AskedToStop or PartEnded."""
        time.sleep(POLL_SECONDS)
        self._show()
        if self._asked:
            raise AskedToStop
        for part in self._lasting:
            if (code := part.ended()) is not None:
                self._show()
                how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
                raise PartEnded(
                    f"{part.name} ended by itself ({how}), so the rest is stopped. It said last:\n"
                    + "\n".join(part.output.last)
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
