"""State history: records every state that a stream passes through, also what nobody ordered."""

import redis

from streams.live import report
from streams.recorded_state import recordable
from streams.replay_status import replay_status
from streams.sources import SOURCES
from streams.status import status_of
from streams.store import Store


def record_states(store: Store, client: redis.Redis, now: int) -> None:
    """Look at all streams that are not at rest; raises LiveStoreError or StoreError."""
    unsettled = store.streams.unsettled(*SOURCES)
    slots = {stream.slot for stream, _ in unsettled}
    reports = {slot: report.read(client, slot) for slot in slots}
    known = store.replays.of([stream.id for stream, _ in unsettled if stream.plan.replay])
    for stream, before in unsettled:
        if SOURCES[stream.source].live:
            status = status_of(stream, reports[stream.slot], now)
        else:
            status = replay_status(stream, known.get(stream.id), reports[stream.slot], now)
        found = recordable(status)
        if found is not None and not found.is_like(before):
            store.streams.see(stream.id, found, now)
