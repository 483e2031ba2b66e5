"""The control plane's hands: see to it that wanted streams have a collector, and one only."""

from collections.abc import Callable

import redis

from streams import topics
from streams.live.lease import holder_of
from streams.live.nudge import nudge
from streams.store import Store

SOURCES = ("x",)
"""The sources that there are adapters for."""

Send = Callable[[str], None]
"""Enqueues a collector for a slot."""


def wake(stream_id: str, store: Store, client: redis.Redis, collect: Send) -> None:
    """Make a change of a stream's wanted state take effect now; idempotent."""
    stream = store.streams.get(stream_id)
    if stream is None:
        return
    slot = topics.slot_of(stream.source)
    if holder_of(client, slot) is not None:
        nudge(client, slot)
    elif store.streams.running(stream.source):
        collect(slot)


def reconcile(store: Store, client: redis.Redis, collect: Send) -> None:
    """Give every slot that is wanted and has no owner a collector."""
    for source in SOURCES:
        slot = topics.slot_of(source)
        if holder_of(client, slot) is None and store.streams.running(source):
            collect(slot)
