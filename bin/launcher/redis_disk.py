"""Redis's own files and the room on their disk: captures, database and logs need it more."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import redis

CHECK_SECONDS = 1.0
SHARE_OF_RESERVE = 0.5
"""Captures stop at the whole reserve, so they have left the disk alone before Redis must."""
MORE_TO_RESUME = 1.25
"""Times that room must be free again: Redis is not to resume for a moment only."""
TIMEOUT_SECONDS = 2.0
FILES = ("appendonlydir/*", "appendonly.aof", "temp-*")
"""What the server writes into its folder; Redis 6 has one file only."""


class RedisDisk:
    """Has the server keep its data in memory alone while the disk has no room for its files.

    Nothing that a user would miss lives in Redis alone. The files are removed then: they would be
    of an earlier time, and a server that read them would count again what the database has.
    """

    def __init__(
        self,
        folder: Path,
        reserve: int,
        say: Callable[[str], None],
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        """`reserve` is the room (bytes) at which captures on this disk stop; `free` returns it."""
        self._folder = folder
        self._free = free
        self._least = int(reserve * SHARE_OF_RESERVE)
        self._say = say
        self._writes = True
        self._checked_at = 0.0

    def may_write(self) -> bool:
        """Decide how a server that starts now begins: with its files, or without and none left."""
        self._writes = self._free(self._folder) >= self._least
        if not self._writes:
            self._report()
            self._remove_files()
        return self._writes

    def check(self, url: str) -> None:
        """Look at the room, once a second, and have the server at `url` follow."""
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = now
        free = self._free(self._folder)
        wanted = free >= self._least * (1 if self._writes else MORE_TO_RESUME)
        if wanted != self._writes and _set_append_only(url, wanted):
            self._writes = wanted
            self._report()
            if not wanted:
                self._remove_files()

    def _report(self) -> None:
        if self._writes:
            self._say("The disk has room again: Redis keeps its data there.")
        else:
            self._say(
                f"Less than {self._least / (1 << 20):.0f} MiB are free in {self._folder}: Redis "
                "keeps its data in memory alone until there is room. Live streams go on."
            )

    def _remove_files(self) -> None:
        for pattern in FILES:
            for path in self._folder.glob(pattern):
                path.unlink(missing_ok=True)


def _set_append_only(url: str, on: bool) -> bool:
    """Have the server write its log, or no more; False when it does not answer."""
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
        ) as client:
            client.config_set("appendonly", "yes" if on else "no")
    except redis.RedisError:
        return False
    return True
