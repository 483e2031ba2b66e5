"""Backends: whether the database, Redis and the disk can be written, and what is wrong if not."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

import gevent
from redis import Redis

from streams.store import Store, first_line

SECONDS = 3
"""How long a backend may take to answer."""
REASONS = {
    "locked": "locked by another process",
    "readonly": "read-only",
    "read-only": "read-only",
    "read only": "read-only",
    "is full": "full",
    "no space": "full",
    "maxmemory": "out of memory (maxmemory)",
    "misconf": "cannot save to its disk",
    "snapshot": "cannot save to its disk",
    "loading": "still loading its data",
    "no such table": "not migrated",
    "does not exist": "not migrated",
}
"""What is said of an error whose text has the mark."""
_PROBE_KEY = "weir:probe"

log = logging.getLogger(__name__)


class Backends:
    """Checks each backend by writing to it: a full or read-only one still answers reads."""

    def __init__(self, store: Store, client: Redis, data_dir: Path, disk_reserve: int) -> None:
        self._redis = client
        self._data_dir = data_dir
        self._disk_reserve = disk_reserve
        self._checks: dict[str, Callable[[], object]] = {
            "database": store.check_writable,
            "redis": self._check_redis,
            "disk": self._check_disk,
        }
        self._logged: set[str] = set()

    def faults(self) -> dict[str, str]:
        """Return one line for each backend that is at fault: `database`, `redis`, `disk`."""
        running = {name: gevent.spawn(_fault, check) for name, check in self._checks.items()}
        gevent.joinall(list(running.values()))
        found = {name: each.value for name, each in running.items() if each.value is not None}
        for name in found.keys() - self._logged:
            log.warning("%s is at fault: %s", name, first_line(found[name]))
        for name in self._logged - found.keys():
            log.info("%s works again", name)
        self._logged = set(found)
        return {name: _reason(error) for name, error in found.items()}

    def _check_redis(self) -> None:
        self._redis.set(_PROBE_KEY, b"1", ex=60)

    def _check_disk(self) -> None:
        with TemporaryFile(dir=self._data_dir) as file:
            file.write(b"1")
        free = shutil.disk_usage(self._data_dir).free
        if free < self._disk_reserve:
            reserve = f"CAPTURE_DISK_RESERVE ({self._disk_reserve:,})"
            raise OSError(f"{free:,} bytes are free in DATA_DIR, less than {reserve}")


def _fault(check: Callable[[], object]) -> Exception | None:
    try:
        with gevent.Timeout(SECONDS, TimeoutError(f"no answer within {SECONDS} s")):
            check()
    except Exception as error:
        return error
    return None


def _reason(error: Exception) -> str:
    """Return what anybody may read of an error, whose own text may name hosts and users."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    text = str(error).casefold()
    return next((reason for mark, reason in REASONS.items() if mark in text), "does not answer")
