"""Reads a recording in a process of its own, so that a hostile one harms no collector."""

import os
import selectors
import struct
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from threading import Event
from typing import IO

import msgspec

from streams.settings import ROOT
from workers.replay.recording import Entry, ReadingOrder, RecordingError

LENGTH = struct.Struct("<I")
"""The header of each frame: its length in bytes."""
MOST_FRAME = 8 << 20
"""Bytes of a frame; the largest honest one holds a few of the longest posts."""
SILENT_SECONDS = 300.0
"""How long a process may send no frame; it sends one each second."""
LOOK_SECONDS = 0.5
END_SECONDS = 5.0


class ReadingFrame(msgspec.Struct, array_like=True, frozen=True):
    """What the process found since its last frame, and how far it is.

    `fault` is a code and one line for the owner; the frame with `is_last` is the last one.
    """

    entries: list[Entry]
    taken_back: list[list[str]]
    """Ids that are taken back, by the entry after which they are, and those after the last."""
    lines: int
    share: float
    summary: str
    is_last: bool = False
    fault: tuple[str, str] | None = None


class ReaderEndedError(Exception):
    """The process ended before the recording did; the text is a sentence for the owner."""


class RecordingProcess:
    """Implements Reading. `stopped` ends `entries` early; `close` ends the process in any case."""

    def __init__(self, order: ReadingOrder, stopped: Event) -> None:
        self.taken_back: list[str] = []
        self.lines = order.skip
        self.share = 0.0
        self._summary = ""
        self._order = order
        self._stopped = stopped
        self._decoder = msgspec.msgpack.Decoder(ReadingFrame)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the process; 0 when none runs."""
        return self._child.pid if self._child else 0

    def summary(self) -> str:
        """Summarise what was skipped; empty if nothing was."""
        return self._summary

    def entries(self) -> Generator[Entry, None, None]:
        """Yield the posts. Raises RecordingError; ReaderEndedError when the process was killed."""
        self._child = child = _started(self._order)
        try:
            for frame in self._frames(child):
                self._summary = frame.summary
                for entry, taken_back in zip(frame.entries, frame.taken_back, strict=False):
                    self.taken_back += taken_back
                    self.lines, self.share = entry.lines, entry.share
                    yield entry
                self.taken_back += frame.taken_back[-1]
                self.lines, self.share = frame.lines, frame.share
                if frame.fault is not None:
                    raise RecordingError(*frame.fault)
                if frame.is_last:
                    return
            if not self._stopped.is_set():
                raise ReaderEndedError(_how_it_ended(child))
        finally:
            self.close()

    def close(self) -> None:
        """End the process, wherever it is."""
        if (child := self._child) is None:
            return
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
        self._child = None

    def _frames(self, child: "subprocess.Popen[bytes]") -> Iterator[ReadingFrame]:
        """Yield frames until the process closes its end, or until stopped."""
        assert child.stdout  # noqa: S101 - it was opened with a pipe
        while head := self._read(child.stdout, LENGTH.size):
            (size,) = LENGTH.unpack(head)
            if size > MOST_FRAME:
                raise RecordingError(
                    "reader_broke", "The process that reads the recording sent too large a frame."
                )
            if not (data := self._read(child.stdout, size)):
                return
            try:
                yield self._decoder.decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise RecordingError(
                    "reader_broke",
                    "The process that reads the recording sent a frame that cannot be read.",
                ) from None

    def _read(self, pipe: IO[bytes], size: int) -> bytes:
        """Read so many bytes; b"" at the end and when stopped."""
        data = bytearray()
        deadline = time.monotonic() + SILENT_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while len(data) < size:
                if self._stopped.is_set():
                    return b""
                if time.monotonic() > deadline:
                    text = f"Nothing could be read of it for {SILENT_SECONDS:.0f} seconds."
                    raise RecordingError("too_slow", text)
                if not selector.select(LOOK_SECONDS):
                    continue
                piece = os.read(pipe.fileno(), size - len(data))
                if not piece:
                    return b""
                data += piece
        return bytes(data)


def _started(order: ReadingOrder) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [sys.executable, "-m", "workers.replay"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin  # noqa: S101
    with suppress(BrokenPipeError), child.stdin as stdin:  # reading tells that it has ended
        stdin.write(msgspec.msgpack.encode(order))
    return child


def _how_it_ended(child: "subprocess.Popen[bytes]") -> str:
    try:
        code = child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        return "The process that read the recording closed its pipe."
    if code == -9:
        return "The process that read the recording was killed, or the server had no memory left."
    return f"The process that read the recording ended early (status {code})."
