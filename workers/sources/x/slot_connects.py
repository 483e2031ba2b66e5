"""Slot connects: collectors of one slot on several machines stay within X's limit together."""

import logging
import time
from math import inf
from pathlib import Path

import redis
from msgspec.structs import replace

from streams.clock import now_ms
from streams.live import LiveStoreError
from streams.live.app_connects import share
from workers.sources.x.connect_log import ConnectLog
from workers.sources.x.pacing import ConnectsElsewhere

log = logging.getLogger(__name__)


class SlotConnects(ConnectLog):
    """The connect log of a slot that any machine may take over: Redis counts them together.

    While Redis does not answer, each machine keeps to an equal share of the limit.
    """

    def __init__(self, path: Path, client: redis.Redis, slot: str, machine: str) -> None:
        """`client` should give up soon: X is not connected to before it has answered."""
        super().__init__(path)
        self._client = client
        self._slot = slot
        self._machine = machine

    def look_elsewhere(self) -> ConnectsElsewhere:
        """Return what Redis knows now of the slot's connects on other machines."""
        self._share()
        return self.elsewhere

    def add(self) -> None:
        """Record a connect, in Redis too. Call it before connecting."""
        super().add()
        self._share()

    def _share(self) -> None:
        now, began = now_ms(), time.monotonic()
        own = [now - round(age * 1000) for age in self.ages()]
        try:
            others = share(self._client, self._slot, self._slot, self._machine, own, now)
        except LiveStoreError as error:
            log.warning("Redis does not count connects of other machines now: %s", error)
            self.elsewhere = replace(self.elsewhere, known_at=-inf)
            return
        times = tuple(began - (now - at) / 1000 for at in others.times)
        self.elsewhere = ConnectsElsewhere(times, others.machines + 1, began)
