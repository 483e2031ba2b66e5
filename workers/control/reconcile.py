"""Reconcile: compares wanted streams with running collectors and starts what is missing."""

from collections.abc import Callable

import redis

from streams import names
from streams.live.lease import holder_of
from streams.live.wakeup import wake
from streams.running import running_streams
from streams.sources import SOURCES
from streams.store import Store
from streams.stream import Wanted

EVERY_MS = 1_000
Send = Callable[[str], None]
"""Enqueues a collector for a slot."""


def is_due(client: redis.Redis) -> bool:
    """Return whether nobody has reconciled within EVERY_MS, by the clock of Redis alone.

    Tasks that piled up while no worker took them then cost one call each.
    """
    return bool(client.set(names.RECONCILED, b"1", nx=True, px=EVERY_MS))


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
        store.gaps.close(stream.id, now)  # no collector runs that would close it
        store.doubts.close(stream.id, now)
    start_missing_collectors(store, client, collect, now)


def start_missing_collectors(store: Store, client: redis.Redis, collect: Send, now: int) -> None:
    """Start a collector for every slot that is wanted and has no owner."""
    running = running_streams(store, now)
    for kind in SOURCES.values():
        wanted = [each for each in running if each.source == kind.name]
        slots = list(dict.fromkeys(each.slot for each in wanted if not each.is_unplaced))
        free = [slot for slot in slots if holder_of(client, slot) is None]
        if kind.max_slots is not None:
            free = free[: max(0, kind.max_slots - (len(slots) - len(free)))]
        for slot in free:
            collect(slot)
