"""What processes under test run with: nothing of the developer's own settings."""

import os
import sys
from pathlib import Path

from bin.launcher.ports import free_port

KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER")


def clean(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return an environment with just these settings, on free ports, our own programs first."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    programs = str(Path(sys.executable).parent)
    return {
        **kept,
        "PATH": os.pathsep.join((programs, kept.get("PATH", os.defpath))),
        "PYTHONUNBUFFERED": "1",
        "ENV_FILE": "",
        "DATA_DIR": str(data_dir),
        "PORT": str(free_port()),
        "FLOWER_PORT": str(free_port()),
        "SIMULATOR_PORT": str(free_port()),
        "TAGGERS": "1",
        "SENTIMENT_SPEED": "fast",  # labels alike on every machine, and a processor for the tests
        "CAPTURE_MINUTES": "1440",  # no segment is to end because ten minutes were just over
        "X_CONNECTS": "1000",  # a system that many tests share connects more often than X allows
        **settings,
    }
