"""The control plane's hands: see to it that wanted streams have a collector, and one only."""

from collections.abc import Callable

import redis

from streams.live.lease import holder_of
from streams.live.wakeup import wake
from streams.replay import REPLAY
from streams.replay_status import MOST_AT_ONCE
from streams.store import Store
from streams.stream import Wanted, due

SOURCES = ("x", REPLAY)
"""The sources that there are adapters for."""

Send = Callable[[str], None]
"""Enqueues a collector for a slot."""


def apply_wanted_state(
    stream_id: str, store: Store, client: redis.Redis, collect: Send, now: int
) -> None:
    """Make a change of a stream's wanted state take effect now; idempotent."""
    stream = store.streams.get(stream_id)
    if stream is None:
        return
    if holder_of(client, stream.slot) is not None:
        wake(client, stream.slot)
        return
    if stream.wanted is not Wanted.RUNNING:
        store.gaps.close(stream.id, now)  # nobody listens, and nobody wants it any more
    start_missing_collectors(store, client, collect, now)


def start_missing_collectors(store: Store, client: redis.Redis, collect: Send, now: int) -> None:
    """Give every slot that is wanted and has no owner a collector."""
    for source in SOURCES:
        wanted = due(store.streams.running(source), now)
        if source == REPLAY:
            wanted = store.replays.unfinished(wanted)
        slots = list(dict.fromkeys(each.slot for each in wanted if not each.is_unplaced))
        free = [slot for slot in slots if holder_of(client, slot) is None]
        if source == REPLAY:
            free = free[: max(0, MOST_AT_ONCE - (len(slots) - len(free)))]
        for slot in free:
            collect(slot)
