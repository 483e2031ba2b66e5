"""Fetching: a shipped segment, read from its store by a process of its own, proved as it passes."""

import hashlib
import subprocess
import sys
from typing import Self

from gevent import Timeout
from gevent.lock import BoundedSemaphore

from streams.settings import ROOT

AT_ONCE = 4
"""Segments on their way; each costs a process."""
PATIENCE = 60.0
"""Seconds without a byte from the store."""
CHUNK = 1 << 16

_places = BoundedSemaphore(AT_ONCE)


class DownloadError(Exception):
    """A segment that its store does not give; the text is one line for a person."""


class DownloadBusyError(Exception):
    """As many segments are on their way as may be."""


class SegmentDownload:
    """Yields the bytes, the last ones only when all of them are those that the manifest names."""

    def __init__(self, url: str, size: int, sha256: str) -> None:
        """Wait for the first bytes; raises FetchError, BusyError."""
        self._left = size
        self._sha256 = sha256
        self._digest = hashlib.sha256()
        if not _places.acquire(blocking=False):
            raise DownloadBusyError
        self._is_open = True
        command = [sys.executable, "-m", "streams.fetch", url]
        self._child = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            self._held = self._read()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Give a piece; raises FetchError rather than the end of what cannot be proved."""
        piece = self._held
        if not piece:
            self.close()
            raise StopIteration
        self._held = self._read()
        return piece

    def close(self) -> None:
        """End the process, wherever it is."""
        if self._is_open:
            self._is_open = False
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdout, self._child.stderr):
                if pipe is not None:
                    pipe.close()
            _places.release()

    def _read(self) -> bytes:
        assert self._child.stdout is not None  # noqa: S101  # opened above
        with Timeout(PATIENCE, DownloadError(f"the store gave nothing for {PATIENCE:.0f} s")):
            piece: bytes = self._child.stdout.read(CHUNK)
        self._digest.update(piece)
        self._left -= len(piece)
        if not piece:
            self._check()
        return piece

    def _check(self) -> None:
        assert self._child.stderr is not None  # noqa: S101
        said = self._child.stderr.read().decode(errors="replace").strip().splitlines()
        if self._child.wait() != 0:
            raise DownloadError(said[-1] if said else "the store could not be read")
        if self._left or self._digest.hexdigest() != self._sha256:
            raise DownloadError("what the store holds is not what the manifest says")
