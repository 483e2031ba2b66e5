"""Which posts a collection already holds: read from its newest segments at the start."""

from pathlib import Path

from workers.captures.segments.compression import DamagedError, open_local, raw_lines
from workers.captures.segments.envelope import EnvelopeError, unwrap
from workers.captures.segments.names import is_side
from workers.collector.recent_ids import RecentIds


def seen_in(folder: Path, size: int) -> RecentIds:
    """Remember the last `size` ids of a folder's segments, as though they had just been written."""
    seen = RecentIds(max(size, 1))
    for id in reversed(_newest_ids(folder, size)):
        seen.add(id)
    return seen


def _newest_ids(folder: Path, size: int) -> list[str]:
    """Read whole segments, the newest first, until there are `size` ids, the newest first."""
    newest: list[str] = []
    for path in sorted(_segments(folder), key=_age, reverse=True):
        if len(newest) >= size:
            break
        newest += reversed(_ids(path))
    return newest[:size]


def _segments(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and not is_side(path.name)]


def _age(path: Path) -> tuple[float, str]:
    return (path.stat().st_mtime, path.name)


def _ids(path: Path) -> list[str]:
    ids: list[str] = []
    try:
        with open_local(path) as stream:
            for line in raw_lines(stream):
                try:
                    id = unwrap(line).id
                except EnvelopeError:
                    continue
                if id is not None:
                    ids.append(id)
    except (DamagedError, FileNotFoundError):
        pass  # what could be read counts; `verify` tells of the rest
    return ids
