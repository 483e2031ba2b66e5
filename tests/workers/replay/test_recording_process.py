"""A recording is read in a process of its own, with bounds, and refused in words."""

import json
import os
import signal
import threading
from pathlib import Path

import msgspec
import pytest
import zstandard

from streams.replay import Replay, upload, uploads
from tests.workers.replay import files
from workers.replay.recording import Reading, ReadingOrder, RecordingError, open_recording
from workers.replay.recording_process import ReaderEndedError, RecordingProcess

FILE = "0123456789abcdef-made-up.json"
MIB = 1 << 20
BOMB = zstandard.ZstdCompressor().compress(bytes(300 * MIB))


def order_of(folder: Path, content: bytes, **more: object) -> ReadingOrder:
    uploads(folder, 1).mkdir(parents=True)
    upload(folder, 1, FILE).write_bytes(content)
    made = ReadingOrder(str(folder), 1, Replay(file=FILE), 0, 0, 128 * MIB, 1 << 30)
    return msgspec.structs.replace(made, **more)


def posts(count: int) -> bytes:
    return b"".join(
        files.v1(number, "rain " * 20, number).encode() + b"\n" for number in range(count)
    )


def seen(reading: Reading) -> list[tuple[str, int, float, list[str]]]:
    found = []
    for entry in reading.entries():
        found.append((entry.delivery.post.id, entry.lines, entry.share, list(reading.taken_back)))
        reading.taken_back.clear()
    return found


def test_what_the_process_sends_is_what_reading_here_finds(tmp_path: Path) -> None:
    deleted = b'{"delete": {"status": {"id": 1, "id_str": "1"}}}\n'
    v2 = b'{"data": {"id": "5", "text": "rain"}}\n'
    content = posts(300) + deleted + v2 + posts(1) + b"no JSON\n" + deleted
    order = order_of(tmp_path, content, skip=5)
    here, apart = open_recording(order), RecordingProcess(order, threading.Event())
    assert seen(apart) == seen(here)
    assert (apart.lines, apart.share, apart.summary()) == (305, 1.0, here.summary())
    assert apart.taken_back == here.taken_back == []


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"no post at all\n", "not_readable", "None of its 1 lines holds a post."),
        (BOMB, "not_readable", "unpacks to more than 1,000 times its size"),
    ],
    ids=["text", "bomb"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    with pytest.raises(RecordingError, match=words) as refused:
        list(RecordingProcess(order_of(tmp_path, content), threading.Event()).entries())
    assert refused.value.code == code


def test_a_file_that_takes_too_much_memory_is_refused_in_words(tmp_path: Path) -> None:
    listed = [{"id": str(number), "text": "x" * 40} for number in range(200_000)]
    page = json.dumps({"data": listed})
    order = order_of(tmp_path, page.encode(), memory=80 * MIB)
    with pytest.raises(RecordingError, match="takes more than 80 MiB of memory"):
        list(RecordingProcess(order, threading.Event()).entries())


def test_a_killed_process_is_told_from_the_end_of_the_recording(tmp_path: Path) -> None:
    reading = RecordingProcess(order_of(tmp_path, posts(20_000)), threading.Event())
    entries = reading.entries()
    assert next(entries).delivery.post.id == "0"
    os.kill(reading.pid, signal.SIGKILL)
    with pytest.raises(ReaderEndedError, match="was killed"):
        list(entries)
