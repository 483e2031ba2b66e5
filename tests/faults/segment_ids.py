"""The ids of captured posts, read from segments that may be open, torn or compressed."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from workers.captures.segments.compression import DamagedError, open_local, raw_lines
from workers.captures.segments.envelope import EnvelopeError, unwrap

TAIL_BYTES = 1 << 18
"""Of an open segment, enough for the last posts."""


def tail_of(path: Path) -> bytes:
    """Read the end of a file, nothing where it has gone."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read()
    return b""


def ids_of(path: Path) -> Iterator[str]:
    """Read the ids of a segment, compressed to make room or not, open or sealed."""
    with suppress(DamagedError, FileNotFoundError), open_local(path) as stream:
        yield from ids_in(raw_lines(stream))


def ids_in(lines: Iterable[bytes]) -> Iterator[str]:
    """Read the ids of stored lines, of which the last may be written by half."""
    for line in lines:
        with suppress(EnvelopeError):
            if post_id := unwrap(line).id:
                yield post_id
