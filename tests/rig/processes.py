"""Real processes for a test: started by name, ended by pid, their output kept for a failure."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from bin.launcher.child_process import GRACE_SECONDS, ChildProcess, Watchdog
from streams.settings import ROOT
from tests.rig.waiting import wait_until

END_SECONDS = 20.0
SHOWN_CHARACTERS = 6000


class Processes:
    """Processes by name. However the test run ends, their watchdog ends them."""

    open_ones: ClassVar[list["Processes"]] = []

    def __init__(self, folder: Path, grace: float = GRACE_SECONDS):
        """Keep outputs in `folder`, as `<name>.log`; kill what takes longer to stop."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._watchdog = Watchdog(grace=grace)
        self._children: dict[str, ChildProcess] = {}
        self._begun: dict[str, int] = {}
        self.open_ones.append(self)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(
        self,
        name: str,
        command: str | list[str],
        env: Mapping[str, str],
        *,
        cwd: Path = ROOT,
        stage: int = 0,
        stdin: str = "",
    ) -> ChildProcess:
        """Start one, `command` being one shell command or its words; a later stage ends later."""
        assert name not in self._children or not self.is_running(name), f"{name} runs already"
        log = self.folder / f"{name}.log"
        self._begun[name] = len(self.output(name)) if log.exists() else 0
        self._children[name] = ChildProcess(
            name,
            command,
            watchdog=self._watchdog,
            env=env,
            cwd=cwd,
            log=log,
            stage=stage,
            stdin=stdin,
        )
        return self._children[name]

    def python(self, name: str, *words: str, env: Mapping[str, str]) -> ChildProcess:
        """Start our own Python with these words, such as `-m`, `simulator`."""
        return self.start(name, [sys.executable, *words], env)

    def is_running(self, name: str) -> bool:
        """Whether the process still runs."""
        return self._children[name].ended() is None

    def wait(self, name: str, seconds: float = END_SECONDS) -> int:
        """Wait for its end; gives its exit code, negative for a signal."""
        wait_until(lambda: not self.is_running(name), seconds, f"the end of {name}")
        code = self._children[name].ended()
        assert code is not None
        return code

    def stop(self, name: str) -> int:
        """End it with SIGTERM; gives its exit code."""
        self._children[name].send(signal.SIGTERM)
        return self.wait(name)

    def kill(self, name: str) -> None:
        """End it with SIGKILL, and it alone: what it started is left to notice."""
        self._children[name].send(signal.SIGKILL)
        self.wait(name)

    def pid(self, name: str) -> int:
        """Its process id."""
        return self._children[name].pid

    def output(self, name: str) -> str:
        """All that it has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def said(self, name: str) -> str:
        """Return what it has written since it was last started."""
        return self.output(name)[self._begun[name] :]

    def tails(self) -> dict[str, str]:
        """The end of each one's output, by name."""
        return {name: self.output(name)[-SHOWN_CHARACTERS:] for name in self._children}

    def close(self) -> None:
        """End all of them, and return when they have ended."""
        self._watchdog.dismiss()
        wait_until(self._guard_is_done, 2 * END_SECONDS, "the end of all processes")
        self.open_ones.remove(self)

    def _guard_is_done(self) -> bool:
        for part in self._children.values():
            part.ended()
        return self._watchdog.process.poll() is not None
