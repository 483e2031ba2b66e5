"""Downloads of shipped segments: a child process reads the store, the web process verifies."""

import hashlib
import subprocess
import sys
from typing import Self

from gevent import Timeout
from gevent.lock import BoundedSemaphore

from streams.settings import ROOT

MAX_DOWNLOADS = 4
"""Downloads at the same time; each costs a process."""
TIMEOUT_SECONDS = 60.0
"""Seconds without a byte from the store after which a download fails."""
CHUNK = 1 << 16

_slots = BoundedSemaphore(MAX_DOWNLOADS)


class DownloadError(Exception):
    """The object store does not deliver a segment; the text is one line for a person."""


class DownloadBusyError(Exception):
    """Too many downloads at the same time."""


class SegmentDownload:
    """Yields a segment's bytes, the last ones only if the whole has the manifest's SHA-256."""

    def __init__(self, url: str, size: int, sha256: str) -> None:
        """Wait for the first bytes; raises DownloadError, DownloadBusyError."""
        self._left = size
        self._sha256 = sha256
        self._digest = hashlib.sha256()
        if not _slots.acquire(blocking=False):
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
            self._next_chunk = self._read()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Return a chunk; raises DownloadError instead of the last one if the SHA-256 differs."""
        chunk = self._next_chunk
        if not chunk:
            self.close()
            raise StopIteration
        self._next_chunk = self._read()
        return chunk

    def close(self) -> None:
        """End the child process."""
        if self._is_open:
            self._is_open = False
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdout, self._child.stderr):
                if pipe is not None:
                    pipe.close()
            _slots.release()

    def _read(self) -> bytes:
        assert self._child.stdout is not None  # noqa: S101  # opened above
        with Timeout(
            TIMEOUT_SECONDS, DownloadError(f"the store sent nothing for {TIMEOUT_SECONDS:.0f} s")
        ):
            chunk: bytes = self._child.stdout.read(CHUNK)
        self._digest.update(chunk)
        self._left -= len(chunk)
        if not chunk:
            self._check()
        return chunk

    def _check(self) -> None:
        assert self._child.stderr is not None  # noqa: S101
        errors = self._child.stderr.read().decode(errors="replace").strip().splitlines()
        if self._child.wait() != 0:
            raise DownloadError(errors[-1] if errors else "the store could not be read")
        if self._left or self._digest.hexdigest() != self._sha256:
            raise DownloadError(
                "the file in the store does not match its manifest (size or SHA-256)"
            )
