"""One launcher a data folder: two would share a database, logs and a Redis folder."""

import fcntl
import os
from pathlib import Path

from bin.launcher.errors import LaunchError


def lock(data_dir: Path) -> int:
    """Take the folder; gives the descriptor that holds it while open, here or in a child."""
    held = os.open(data_dir / "launcher.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(held, 20, 0).decode(errors="replace").strip()
        os.close(held)
        raise LaunchError(
            f"DATA_DIR: {data_dir} is in use by another bin/run (process {owner}), "
            "or one that is still stopping; end that one or set DATA_DIR"
        ) from None
    os.ftruncate(held, 0)
    os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
    return held
