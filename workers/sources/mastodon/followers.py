"""The streams that follow an instance, and which of them a post is for."""

import time
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from streams.stream import Stream
from workers.sources.local_match import FilterIndex, LocalMatch
from workers.sources.mastodon.status import StatusPost
from workers.sources.mastodon.timelines import Timeline, wanted_timelines
from workers.sources.source import LAST_POSTS
from workers.sources.x.payload import Delivery


class MatchedStream(msgspec.Struct, frozen=True):
    """A stream with its compiled filter; one that is no longer wanted gets posts for a moment."""

    stream: Stream
    match: LocalMatch
    until: float | None = None
    """When (monotonic seconds) it gets no more posts; None while it is wanted."""


class InstanceFollowers(msgspec.Struct, frozen=True):
    """The streams that posts are matched for, and the timelines that they come from."""

    streams: tuple[MatchedStream, ...] = ()
    timelines: frozenset[Timeline] = frozenset()
    index: FilterIndex = msgspec.field(default_factory=lambda: FilterIndex({}))
    """The filters of all streams."""

    def next(self, wanted: Sequence[Stream], now: float) -> "InstanceFollowers":
        """Return those of the streams that are wanted now; equal filters are compiled once."""
        before = {each.stream.id: each for each in self.streams}
        streams = [
            MatchedStream(each, known.match)
            if (known := before.pop(each.id, None)) and known.stream.filter == each.filter
            else MatchedStream(each, LocalMatch(each.filter))
            for each in wanted
        ]
        leaving = (replace(each, until=each.until or now + LAST_POSTS) for each in before.values())
        streams += [each for each in leaving if each.until and each.until > now]
        index = FilterIndex({each.stream.id: each.match for each in streams})
        return InstanceFollowers(tuple(streams), wanted_timelines(wanted), index)

    @property
    def wanted(self) -> tuple[Stream, ...]:
        """The streams that are wanted."""
        return tuple(each.stream for each in self.streams if each.until is None)

    def of(self, found: StatusPost, had: Mapping[str, frozenset[str]] | None) -> tuple[str, ...]:
        """Return the streams that a post is for.

        Of a post that was missed, `had` names the streams that may get it, and what each has.
        """
        post, now = found.post, time.monotonic()
        matching = self.index.matching(Delivery(post, (), more=found.more, names=found.names))
        return tuple(
            each.stream.id
            for each in self.streams
            if each.stream.id in matching
            and (had is None or post.id not in had.get(each.stream.id, (post.id,)))
            and (each.until is None or now < each.until)
            and (found.local or not each.stream.plan.local)
        )
