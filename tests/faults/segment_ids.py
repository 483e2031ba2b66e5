"""Captured posts and their ids, read from segments that may be open, torn or compressed."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from workers.captures.segments.compression import DamagedError, open_local, raw_lines
from workers.captures.segments.envelope import EnvelopeError, EnvelopeRecord, unwrap

TAIL_BYTES = 1 << 18
"""Of an open segment, enough for the last posts."""


def tail_of(path: Path) -> bytes:
    """Read the end of a file, nothing where it has gone."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read()
    return b""


def records_of(path: Path) -> Iterator[EnvelopeRecord]:
    """Read the posts of a segment, compressed to make room or not, open or sealed."""
    with suppress(DamagedError, FileNotFoundError), open_local(path) as stream:
        yield from _records_in(raw_lines(stream))


def ids_of(path: Path) -> Iterator[str]:
    """Read the ids of a segment."""
    return (each.id for each in records_of(path) if each.id)


def ids_in(lines: Iterable[bytes]) -> Iterator[str]:
    """Read the ids of stored lines, of which the last may be written by half."""
    return (each.id for each in _records_in(lines) if each.id)


def _records_in(lines: Iterable[bytes]) -> Iterator[EnvelopeRecord]:
    for line in lines:
        with suppress(EnvelopeError):
            yield unwrap(line)
