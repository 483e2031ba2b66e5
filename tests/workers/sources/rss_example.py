"""A trivial source, written by docs/adding-a-source.md: one RSS feed, read again and again."""

import threading
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

import msgspec
import requests

from streams.clock import now_ms
from streams.live.report import Fault
from streams.post import Author, Post
from streams.stream import Stream
from workers.sources.local_match import FilterIndex, LocalMatch
from workers.sources.source import Arrival, Followed, Link, Outage, Receive, Received, Skipped
from workers.sources.x.payload import Delivery

PAUSE = 0.05
"""Seconds between two looks at the feed; a real one would wait for minutes."""
feed_address = ""
"""A real source would read this from a module of `streams/settings`."""


class FeedItem(msgspec.Struct):
    """One entry of a feed, as Weir captures it."""

    guid: str
    title: str
    link: str | None = None
    author: str | None = None


class RssSource:
    """Implements Source: no position is kept, so what came during a break is a gap."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._index = FilterIndex({})
        self._seen: set[str] = set()
        self._link = Link("connecting")
        self._outages: list[Outage] = []
        self._stopped = threading.Event()

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Match entries against these streams from now on."""
        self._index = FilterIndex({each.id: LocalMatch(each.filter) for each in wanted})
        return {each.id: Followed(each.generation) for each in wanted}

    def run(self, receive: Receive) -> None:
        """Fetch the feed, hand on what is new, and wait."""
        while not self._stopped.is_set():
            try:
                for item in self._fetch():
                    self._take(item, receive)
            except (requests.RequestException, ElementTree.ParseError) as error:
                fault = Fault("unreachable", f"The feed cannot be read: {type(error).__name__}.")
                self._link = Link("backing_off", last_line_at=self._link.last_line_at, fault=fault)
            self._stopped.wait(PAUSE)
        self._link = Link("closed", last_line_at=self._link.last_line_at)

    def taken(self, position: object) -> None:
        """Keep nothing: a feed has no position."""

    def commit(self, everything: bool) -> None:
        """Save nothing: a feed has no position."""

    def link(self) -> Link:
        """Return the state at the last look at the feed."""
        return self._link

    def outages(self) -> list[Outage]:
        """Return the times without the feed that have ended."""
        ended, self._outages = self._outages, []
        return ended

    def stop(self) -> None:
        """End `run` at once."""
        self._stopped.set()

    def _fetch(self) -> Iterator[FeedItem]:
        answer = requests.get(self._address, timeout=1)
        answer.raise_for_status()
        root = ElementTree.fromstring(answer.content)  # noqa: S314  # the test's own feed
        now, before = now_ms(), self._link
        if before.fault is not None and before.last_line_at is not None:
            self._outages.append(Outage(before.last_line_at, now, "unreachable"))
        self._link = Link("connected", before.connected_at or now, now)
        for item in root.iter("item"):
            names = ("guid", "title", "link", "author")
            guid, title, link, author = (item.findtext(name) for name in names)
            yield FeedItem(guid or link or "", title or "", link, author)

    def _take(self, item: FeedItem, receive: Receive) -> None:
        if item.guid in self._seen:
            return
        self._seen.add(item.guid)
        raw, now = msgspec.json.encode(item), now_ms()
        if not item.guid or not item.title:
            receive(Received(raw, now, Skipped("no_text")))
            return
        author = Author(item.author) if item.author else None
        post = Post(item.guid, item.title, platform="rss", url=item.link, author=author)
        post.received_at = now
        if streams := self._index.matching(Delivery(post, ())):
            receive(Received(raw, now, Arrival(post, tuple(sorted(streams)))))


def open_source(slot: str) -> RssSource:
    """Make the source of a slot."""
    return RssSource(feed_address)
