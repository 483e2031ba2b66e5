"""One process in a session of its own, and the watchdog that stops it when its starter is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bin.launcher.output import Output
from bin.launcher.watchdog import is_alive

GRACE_SECONDS = 12.0
"""Time to seal, release and answer last requests; a host such as Heroku allows 30 s."""

WATCHDOG = Path(__file__).with_name("watchdog.py")


class Watchdog:
    """The process that stops every part once this one is gone, or says so."""

    def __init__(self, held: tuple[int, ...] = (), grace: float = GRACE_SECONDS):
        """Start it; the open descriptors `held` stay open until it has stopped everything.

        After `grace` seconds it kills what has not stopped.
        """
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", WATCHDOG, str(grace)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=held,
        )

    def watch(self, pid: int, stage: int, name: str) -> None:
        """Tell it of a new process; higher stages are stopped later."""
        self._say(f"start {pid} {stage} {name}")

    def forget(self, pid: int) -> None:
        """Tell it that nothing is left of a process."""
        self._say(f"gone {pid}")

    def _say(self, line: str) -> None:
        assert self.process.stdin  # noqa: S101  # opened above
        with suppress(BrokenPipeError, ValueError):  # it ended, or was dismissed
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()

    def dismiss(self) -> None:
        """Have it stop every part; `process` ends when that is done."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.close()


def _private(path: str, flags: int) -> int:
    """Open a log so that its owner alone can read it, whatever its mode was."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


class ChildProcess:
    """A running process, guarded from its first moment."""

    def __init__(
        self,
        name: str,
        command: str | list[str],
        *,
        watchdog: Watchdog,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        stage: int = 0,
        stdin: str = "",
    ):
        """Start `command`, one shell command or its words, with `stdin` as all of its input."""
        self.name = name
        self.stage = stage
        self.output = Output(log)
        self._watchdog = watchdog
        words = ["/bin/sh", "-c", f"exec {command}"] if isinstance(command, str) else command
        with open(log, "ab", opener=_private) as file:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                start_new_session=True,
            )
        self.pid = self._process.pid
        watchdog.watch(self.pid, stage, name)
        assert self._process.stdin  # noqa: S101
        with suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(stdin.encode())

    def ended(self) -> int | None:
        """Return the exit code, negative for a signal, or None while it runs."""
        just_ended = self._process.returncode is None and self._process.poll() is not None
        if just_ended and not is_alive(self.pid):  # not even a child of it
            self._watchdog.forget(self.pid)
        return self._process.returncode

    def kill_rest(self) -> None:
        """End what the process left behind: children that could hold a port or a lock."""
        if is_alive(self.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._watchdog.forget(self.pid)

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.ended() is None:
            os.kill(self.pid, signum)
