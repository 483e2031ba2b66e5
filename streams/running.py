"""Running streams: those that collectors should serve now."""

from streams.sources import SOURCES
from streams.store import Store
from streams.stream import Stream, due


def running_streams(store: Store, now: int) -> list[Stream]:
    """Return the streams of all sources that are wanted at a moment (ms) and not finished."""
    return store.replays.unfinished(due(store.streams.running(*SOURCES), now))
