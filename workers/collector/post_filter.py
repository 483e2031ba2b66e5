"""Post filters: what the collector asks before a post goes to the streams that it is for."""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from streams.stream import Stream
from workers.sources.source import Arrival, Skipped


class PostFilter(Protocol):
    """Leaves streams out of a post. `follow` and `allowed` run on different threads."""

    skipped_as: str
    """The kind that a post is counted as when no stream is left for it."""

    def follow(self, wanted: Sequence[Stream]) -> None:
        """Take note of the streams that are wanted now; may raise StoreError."""

    def allowed(self, arrival: Arrival) -> tuple[str, ...]:
        """Return those of the post's streams that may have it."""


def apply(filters: Sequence[PostFilter], arrival: Arrival) -> Arrival | Skipped:
    """Ask all filters in turn."""
    for each in filters:
        stream_ids = each.allowed(arrival)
        if not stream_ids:
            return Skipped(each.skipped_as)
        if stream_ids != arrival.stream_ids:
            arrival = replace(arrival, stream_ids=stream_ids)
    return arrival
