"""The torn tail of a file whose writer died: moved aside, never thrown away."""

import logging
from pathlib import Path

import msgspec

from workers.captures.segments.compression import stored_lines
from workers.captures.segments.file_system import FileSystem, write_all, write_new
from workers.captures.segments.names import TORN

log = logging.getLogger(__name__)


def set_partial_tail_aside(disk: FileSystem, descriptor: int, path: Path, side: Path) -> int:
    """Move whatever follows the last whole line of `path` to `side`; returns its bytes.

    `descriptor` holds the claim on `path`. The tail is on the disk before it is cut.
    """
    size, whole, ended = 0, 0, True
    with path.open("rb") as stream:
        for line in stored_lines(stream):
            size += len(line)
            if size - len(line) == whole and _is_whole(line.rstrip(b"\r\n")):
                whole, ended = size, line.endswith(b"\n")
        if not ended and whole == size:
            write_all(disk, descriptor, b"\n")  # nothing was missing but the line end
            disk.fsync(descriptor)
            return 0
        if whole == size:
            return 0
        stream.seek(whole)
        tail = stream.read()
    _keep(disk, side, tail)
    disk.truncate(descriptor, whole)
    disk.fsync(descriptor)
    log.warning("%s: %d bytes of a torn line are kept in %s", path, len(tail), side.name)
    return len(tail)


def _keep(disk: FileSystem, path: Path, tail: bytes) -> None:
    number = 0
    target = path
    while target.exists():
        if target.read_bytes() == tail:
            return  # an earlier repair was killed before it could cut
        target = path.with_name(f"{path.name}.{number}{TORN}")
        number += 1
    write_new(disk, target, tail)


def _is_whole(line: bytes) -> bool:
    if not line.strip():
        return True
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
