"""Idle streams: stops a stream of the existing dashboard that nobody has watched for a while.

That client stops nothing when its tab is closed, so its stream would go on and be billed.
"""

import logging
from collections.abc import Callable

import gevent

from streams.live import LiveStoreError
from streams.names import legacy_room, room
from streams.sources import DEFAULT_SOURCE
from streams.store import Store, StoreError
from web.live.rooms import Rooms
from web.stream_control import StreamControl
from web.task_queue import TaskQueueDown

log = logging.getLogger(__name__)

CHECK_SECONDS = 15.0


class IdleStreams:
    """Stops legacy streams after `minutes` without a viewer; 0 stops none."""

    def __init__(
        self,
        store: Store,
        rooms: Rooms,
        control: StreamControl,
        minutes: float,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._rooms = rooms
        self._control = control
        self._minutes = minutes
        self._now = now
        self._watched_at: dict[str, int] = {}

    def run(self) -> None:
        """Check for ever."""
        while True:
            gevent.sleep(min(CHECK_SECONDS, self._minutes * 15) if self._minutes else CHECK_SECONDS)
            try:
                self.check()
            except (StoreError, LiveStoreError, TaskQueueDown) as error:
                log.warning("cannot check for idle streams, trying again: %s", type(error).__name__)

    def check(self) -> None:
        """Stop every legacy stream whose last viewer left, or that started, too long ago."""
        if not self._minutes:
            return
        now = self._now()
        running = [stream for stream in self._store.streams.running(DEFAULT_SOURCE) if stream.old]
        self._watched_at = {
            stream.id: now
            if self._is_watched(stream.id)
            else max(self._watched_at.get(stream.id, now), stream.changed_at)
            for stream in running
        }
        for stream in running:
            if now - self._watched_at[stream.id] >= self._minutes * 60_000:
                log.info(
                    "stopping stream %s of an existing dashboard: no viewer for %g minutes",
                    stream.id,
                    self._minutes,
                )
                self._control.stop_idle(stream, self._minutes)

    def _is_watched(self, stream_id: str) -> bool:
        return self._rooms.has(legacy_room(stream_id)) or self._rooms.has(room(stream_id))
