"""A disk of captures that can be filled: a file system in memory, where mounting is permitted."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.trial import Trial

MEGABYTES = 600
CHUNK = bytes(64 * 1024)
FULL_SECONDS = 10.0
SETTINGS = {
    "CAPTURE_DISK_RESERVE": "1MiB",
    "CAPTURE_DISK_WARN_HOURS": "0",
    "CAPTURE_DISK_PACK_HOURS": "0",
    "CAPTURE_DISK_STOP_HOURS": "0",
}
"""Without a forecast of a full disk from the pace of a few seconds."""


@contextmanager
def small_disk(folder: Path, megabytes: int = MEGABYTES) -> Iterator[bool]:
    """Mount an empty file system at `folder`; False where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    subprocess.run(words, capture_output=True, check=False)
    try:
        yield folder.is_mount()
    finally:
        if folder.is_mount():
            subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(trial: Trial) -> None:
    """Fill the disk of the captures, leave it full for some seconds, and make room."""
    filler = trial.weir.data_dir / "captures" / "filler"
    if not filler.parent.is_mount():
        trial.says("not tried: nothing may be mounted here")
        return
    try:
        write_until_full(filler)
        time.sleep(FULL_SECONDS)
    finally:
        filler.unlink()
    trial.must_hear("fault:disk", "note:", "readyz:disk")


def write_until_full(path: Path) -> None:
    """Take all the room that a disk has."""
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(CHUNK)
            except OSError:
                return
