"""Running streams: those that collectors should serve now, by source."""

from streams.sources import SOURCES, SourceKind
from streams.store import Store
from streams.stream import Stream, due


def running_of(kind: SourceKind, store: Store, now: int) -> list[Stream]:
    """Return the streams of one source that are wanted at a moment (ms) and not finished."""
    streams = due(store.streams.running(kind.name), now)
    return streams if kind.live else store.replays.unfinished(streams)


def running_streams(store: Store, now: int) -> list[Stream]:
    """Return the streams of all sources that are wanted at a moment (ms) and not finished."""
    return [stream for kind in SOURCES.values() for stream in running_of(kind, store, now)]
