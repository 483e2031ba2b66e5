"""The control plane's hands: see to it that wanted streams have a collector, and one only."""

from collections.abc import Callable

import redis

from streams import topics
from streams.live.lease import holder_of
from streams.live.nudge import nudge
from streams.store import Store
from streams.stream import due

SOURCES = ("x",)
"""The sources that there are adapters for."""

Send = Callable[[str], None]
"""Enqueues a collector for a slot."""


def wake(stream_id: str, store: Store, client: redis.Redis, collect: Send, now: int) -> None:
    """Make a change of a stream's wanted state take effect now; idempotent."""
    stream = store.streams.get(stream_id)
    if stream is None:
        return
    slot = topics.slot_of(stream.source)
    if holder_of(client, slot) is not None:
        nudge(client, slot)
    elif due(store.streams.running(stream.source), now):
        collect(slot)


def reconcile(store: Store, client: redis.Redis, collect: Send, now: int) -> None:
    """Give every slot that is wanted and has no owner a collector."""
    for source in SOURCES:
        slot = topics.slot_of(source)
        if holder_of(client, slot) is None and due(store.streams.running(source), now):
            collect(slot)
