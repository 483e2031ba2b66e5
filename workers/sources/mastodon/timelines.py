"""Timelines: what to follow on an instance for the streams that are wanted."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from streams.stream import Stream

LOCAL = ":local"
_HASHTAG = re.compile(r"[#＃](\w+)")


class Timeline(NamedTuple):
    """A channel of the streaming API, which REST has as a timeline; `tag` is a hashtag's name."""

    name: str
    tag: str = ""

    @property
    def path(self) -> str:
        """Its path in REST, after /api/v1/timelines/."""
        return f"tag/{self.tag}" if self.tag else "public"

    @property
    def is_local(self) -> bool:
        """Whether it holds only posts of the instance's own people."""
        return self.name.endswith(LOCAL)

    def order(self, kind: str) -> dict[str, str]:
        """Return the message that follows it (`subscribe`) or no longer (`unsubscribe`)."""
        order = {"type": kind, "stream": self.name}
        return order | {"tag": self.tag} if self.tag else order


def wanted_timelines(streams: Iterable[Stream]) -> frozenset[Timeline]:
    """Return all timelines that the streams' posts come from."""
    return frozenset(each for stream in streams for each in timelines_of(stream))


def timelines_of(stream: Stream) -> frozenset[Timeline]:
    """Return those of a stream: its hashtags, if it asks for nothing else, or all public posts.

    The instance matches hashtags more loosely than we do, so that no post is missed.
    """
    scope = LOCAL if stream.plan.local else ""
    tags = [_HASHTAG.fullmatch(term) for term in stream.filter.terms]
    if not tags or not all(tags):
        return frozenset((Timeline(f"public{scope}"),))
    return frozenset(Timeline(f"hashtag{scope}", tag[1].lower()) for tag in tags if tag)
