"""The process that reads one recording: `python -m workers.replay`, started by a collector.

It takes a ReadingOrder on standard input and writes frames to what was its standard output.
"""

import logging
import os
import sys
import time
from typing import BinaryIO

import msgspec

from workers.lifecycle.bounds import bound
from workers.replay.recording import (
    Entry,
    ReadingOrder,
    Recording,
    RecordingError,
    open_recording,
)
from workers.replay.recording_process import LENGTH, ReadingFrame

FULL = 64 << 10
"""Bytes of posts that fill a frame."""
MOST_TAKEN_BACK = 10_000
PROGRESS_SECONDS = 1.0


class FrameSender:
    """Sends what was read once it fills a frame, and at least once a second."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._encoder = msgspec.msgpack.Encoder()
        self._recording: Recording | None = None
        self._entries: list[Entry] = []
        self._taken_back: list[list[str]] = []
        self._size = 0
        self._sent_at = time.monotonic()

    def send_all(self, recording: Recording) -> None:
        """Send the whole recording. Raises RecordingError."""
        self._recording = recording
        for entry in recording.entries():
            self._entries.append(entry)
            self._taken_back.append(self._taken())
            self._size += len(entry.payload)
            if self._size >= FULL:
                self._send()

    def note_progress(self) -> None:
        """Send a frame if the last one is a second old, or if much was taken back."""
        recording = self._recording
        if recording is None:
            return
        if (
            time.monotonic() - self._sent_at > PROGRESS_SECONDS
            or len(recording.taken_back) > MOST_TAKEN_BACK
        ):
            self._send()

    def send_last(self, fault: tuple[str, str] | None) -> None:
        """Send the rest, and why it ended early."""
        self._send(is_last=True, fault=fault)

    def _taken(self) -> list[str]:
        if self._recording is None:
            return []
        taken = list(self._recording.taken_back)
        self._recording.taken_back.clear()
        return taken

    def _send(self, is_last: bool = False, fault: tuple[str, str] | None = None) -> None:
        recording = self._recording
        frame = ReadingFrame(
            self._entries,
            [*self._taken_back, self._taken()],
            recording.lines if recording else 0,
            recording.share if recording else 0.0,
            recording.summary() if recording else "",
            is_last,
            fault,
        )
        self._entries, self._taken_back, self._size = [], [], 0
        data = self._encoder.encode(frame)
        self._pipe.write(LENGTH.pack(len(data)) + data)
        self._sent_at = time.monotonic()


def main() -> int:
    """Read what standard input asks for; returns the exit status."""
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=ReadingOrder)
    bound(order.memory)
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # keep what a library prints out of the frames
    sender = FrameSender(pipe)
    fault: tuple[str, str] | None = None
    try:
        sender.send_all(open_recording(order, sender.note_progress))
    except RecordingError as error:
        fault = error.code, str(error)
    except MemoryError:
        memory = order.memory >> 20
        fault = "too_much_memory", f"Reading it takes more than {memory:,} MiB of memory."
    except BrokenPipeError:
        return 0  # its collector has stopped, or nobody wants the replay any more
    sender.send_last(fault)
    return 0


if __name__ == "__main__":
    logging.basicConfig(format="replay: %(message)s", level=logging.WARNING)
    sys.exit(main())
