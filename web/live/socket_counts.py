"""Socket counts: how many sockets each account has open, at all web processes together."""

import logging
from collections import Counter
from collections.abc import Callable

import gevent
import msgspec
from redis import Redis

from streams import names
from streams.live import LiveStoreError

log = logging.getLogger(__name__)

SECONDS = 2.0
"""How often each process tells its counts, besides when a socket opens."""
WAIT_SECONDS = 1.0
"""How long a Redis that does not answer may hold up who opens a socket."""
SILENT_MS = 3 * SECONDS * 1000
"""After which a process that told nothing has ended."""


class ToldCounts(msgspec.Struct, frozen=True):
    """What one web process told: its sockets by account, and when (ms since the epoch)."""

    at: int
    sockets: dict[int, int]


class SocketCounts:
    """Adds what the other processes told to `own` counts; without Redis, own counts alone count.

    `process` names this process in Redis; one that follows it under its name replaces its counts.
    """

    def __init__(
        self,
        client: Redis,
        process: str,
        own: Callable[[], Counter[int]],
        now: Callable[[], int],
    ) -> None:
        self._redis = client
        self._process = process
        self._own = own
        self._now = now

    def all(self) -> Counter[int]:
        """Tell own counts; return the sockets of each account at all processes."""
        counts = self._own()
        try:
            with gevent.Timeout(WAIT_SECONDS, False):
                return counts + self._others(counts)
        except (LiveStoreError, msgspec.DecodeError) as error:
            log.warning("cannot count sockets at other web processes: %s", error)
        return counts

    def _others(self, counts: Counter[int]) -> Counter[int]:
        """Tell own counts; return the sockets of each account at all other processes."""
        now, others = self._now(), Counter[int]()
        with self._redis.pipeline() as pipe:
            pipe.hset(names.SOCKETS, self._process, msgspec.json.encode(ToldCounts(now, counts)))
            pipe.hgetall(names.SOCKETS)
            told: dict[bytes, bytes] = pipe.execute()[1]
        del told[self._process.encode()]
        for process, raw in told.items():
            other = msgspec.json.decode(raw, type=ToldCounts)
            if now - other.at < SILENT_MS:
                others.update(other.sockets)
            else:
                self._redis.hdel(names.SOCKETS, process)
        return others

    def run(self) -> None:
        """Tell own counts for ever."""
        while True:
            self.all()
            gevent.sleep(SECONDS)
