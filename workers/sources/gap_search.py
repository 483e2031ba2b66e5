"""Gap search: the interface to platforms that can search for the posts of a gap."""

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

import msgspec

from streams.box import Box
from streams.filter import Filter
from streams.post import Post
from streams.sources import SOURCES


class GapQuery(msgspec.Struct, frozen=True):
    """One search; of each group in `inside`, a post must lie in one box."""

    text: str
    inside: tuple[tuple[Box, ...], ...] = ()


class SearchWindow(msgspec.Struct, frozen=True):
    """The time in which the posts of a search were written (ms since the epoch)."""

    since: int
    until: int


class FoundPost(msgspec.Struct, frozen=True):
    """A post, and the line that the platform's stream would have sent."""

    post: Post
    raw: bytes


class FoundPage(msgspec.Struct, frozen=True):
    """A page of posts, newest first, without those outside the boxes of the query."""

    posts: Sequence[FoundPost]
    oldest_id: str | None
    """Id of the oldest post of the page, whether it is among `posts` or not."""
    next_token: str | None
    """Asks for the next page; None at the end of the search."""
    read: int = 0
    """Posts of the page that the platform bills, wherever they lie."""
    wait_seconds: float = 0.0
    """How long to wait before the next request, as the platform's limits ask."""


class SearchImpossibleError(RuntimeError):
    """The search is not possible, and waiting does not change that; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SearchDelayedError(RuntimeError):
    """The platform did not answer, or asks to wait: ask again after `seconds`."""

    def __init__(self, seconds: float, message: str) -> None:
        super().__init__(message)
        self.seconds = seconds


class GapSearch(Protocol):
    """A search for posts of the past."""

    reach_ms: int
    """How far back the search reaches (ms)."""
    least_posts: int
    """The smallest page that can be asked for."""
    most_posts: int
    """The largest page that can be asked for."""

    def queries(self, filter_: Filter) -> Sequence[GapQuery]:
        """Write a filter as searches; raises SearchImpossibleError."""

    def absent(self, filter_: Filter) -> Sequence[str]:
        """Return codes of posts that match a filter and that no search brings."""

    def page(
        self,
        query: GapQuery,
        window: SearchWindow,
        size: int,
        *,
        before_id: str | None,
        next_token: str | None,
    ) -> FoundPage:
        """Return a page of posts older than `before_id`.

        Raises SearchImpossibleError, SearchDelayedError.
        """


def open_gap_search(source: str) -> GapSearch:
    """Make the search of a source that has one; raises KeyError for a source without a row."""
    module, _, factory = SOURCES[source].gap_search.partition(":")
    return cast(GapSearch, getattr(import_module(module), factory)())
