"""Backends: whether the database, Redis and the disk can be written, and what is wrong if not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

import gevent
from redis import Redis

from streams.store import Store

SECONDS = 3
"""How long a backend may take to answer."""
_PROBE_KEY = "weir:probe"


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

    def faults(self) -> dict[str, str]:
        """Return one line for each backend that is at fault: `database`, `redis`, `disk`."""
        running = {name: gevent.spawn(_fault, check) for name, check in self._checks.items()}
        gevent.joinall(list(running.values()))
        return {name: text for name, each in running.items() if (text := each.value)}

    def _check_redis(self) -> None:
        self._redis.set(_PROBE_KEY, b"1", ex=60)

    def _check_disk(self) -> None:
        with TemporaryFile(dir=self._data_dir) as file:
            file.write(b"1")
        free = shutil.disk_usage(self._data_dir).free
        if free < self._disk_reserve:
            reserve = f"CAPTURE_DISK_RESERVE ({self._disk_reserve:,})"
            raise OSError(f"{free:,} bytes are free in DATA_DIR, less than {reserve}")


def _fault(check: Callable[[], object]) -> str | None:
    try:
        with gevent.Timeout(SECONDS, TimeoutError(f"no answer within {SECONDS} s")):
            check()
    except Exception as error:
        return str(error).partition("\n")[0] or type(error).__name__
    return None
