"""One life of a capture, as tests live it: a made clock, made-up posts, and what is on disk."""

from pathlib import Path

import msgspec

from tests.workers.captures.killing_file_system import QuickDisk
from workers.captures.recorder import Recorder
from workers.captures.segments.envelope import unwrap
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.names import is_side
from workers.captures.segments.totals import totals_of
from workers.captures.settings import CaptureSettings

START = 1_790_000_000_000
"""2026-09-21T14:13:20Z."""
MINUTE = 60_000


class Clock:
    """A clock that tests turn."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def post(number: int, size: int = 0) -> bytes:
    """Make up a v2 payload."""
    text = f"rain {number} " + "x" * size
    return msgspec.json.encode({"data": {"id": str(number), "text": text}})


def recorder_in(
    root: Path,
    file_system: FileSystem | None = None,
    clock: Clock | None = None,
    **settings: object,
) -> Recorder:
    """Make a recorder that syncs at every commit and runs only when told."""
    chosen = CaptureSettings(**{"fsync_seconds": 0, **settings})  # type: ignore[arg-type]
    return Recorder(
        root, chosen, machine="lab", file_system=file_system or QuickDisk(), clock=clock or Clock()
    )


def sealed_in(folder: Path) -> list[Path]:
    """List the sealed segments of a folder by name."""
    return sorted(p for p in folder.iterdir() if not is_side(p.name) and p.suffix != ".tmp")


def numbers_in(folder: Path) -> list[int]:
    """Read the ids of all sealed segments, in the order of files and lines."""
    ids = []
    for path in sealed_in(folder):
        for line in path.read_bytes().splitlines():
            record = unwrap(line)
            assert record.raw == post(int(record.id or -1))
            ids.append(int(record.id or -1))
    return ids


def assert_in_order(folder: Path) -> None:
    """Assert that every sealed segment is proved by its manifest and nothing half-done is left."""
    for path in folder.iterdir():
        assert not path.name.endswith((".tmp", ".part", ".draft")), path.name
    for path in sealed_in(folder):
        manifest = read_manifest(manifest_path(path).read_bytes())
        totals = totals_of(path.read_bytes().splitlines(keepends=True))
        assert manifest.file == path.name
        assert (manifest.count, manifest.sha256) == (totals.count, totals.sha256)
        assert (manifest.first_id, manifest.last_id) == (totals.first_id, totals.last_id)
        assert manifest.machine == "lab"
