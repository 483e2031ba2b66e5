"""Pages of posts that fill gaps, on their way into captures and batches: each post once."""

import queue
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Event
from typing import Protocol

from streams.post import Post
from workers.captures.segments.timestamps import posted_ms
from workers.collector.budgets import Budgets
from workers.collector.deletion_filter import DeletionFilter
from workers.collector.post_filter import PostFilter, apply
from workers.collector.recent_ids import RecentIds
from workers.sources.gap_search import FoundPost
from workers.sources.source import Arrival, Skipped


class BackfilledPage:
    """Posts for one stream. Once `done` is set, the ids say what became of them."""

    def __init__(
        self,
        stream_id: str,
        posts: Sequence[FoundPost],
        captured: Iterable[str] = (),
        read: int = 0,
    ) -> None:
        """`captured` are ids that files hold and the capture may no longer remember.

        `read` is how many posts the platform billed for the page.
        """
        self.stream_id = stream_id
        self.posts = posts
        self.read = read
        self.captured = frozenset(captured)
        self.done = Event()
        self.is_refused = False
        """The stream does not run any more."""
        self.taken: set[str] = set()
        self.known: set[str] = set()


class PageCaptures(Protocol):
    """What the captures answer about the posts of a page."""

    def keep(self, arrival: Arrival, raw: bytes, received_at: int) -> None: ...  # noqa: D102
    def is_captured(self, stream_id: str) -> bool: ...  # noqa: D102
    def has(self, stream_id: str, post_id: str) -> bool: ...  # noqa: D102


class BackfilledPages:
    """`follow` and `put` are called from other threads; the rest on that of the intake."""

    def __init__(
        self, filters: Sequence[PostFilter], budgets: Budgets, captures: PageCaptures
    ) -> None:
        self._filters = filters
        self._budgets = budgets
        self._captures = captures
        self._waiting: queue.SimpleQueue[BackfilledPage] = queue.SimpleQueue()
        self._shown: Mapping[str, RecentIds] = {}
        """By stream whose gaps are filled: the posts that its viewers got lately."""

    def follow(self, stream_ids: Iterable[str], shown: Callable[[str], Iterable[str]]) -> None:
        """Fill gaps of these streams only; `shown` gives the ids that a new one's viewers have."""
        found: dict[str, RecentIds] = {}
        for stream_id in stream_ids:
            if (known := self._shown.get(stream_id)) is None:
                known = RecentIds()
                for post_id in shown(stream_id):
                    known.add(post_id)
            found[stream_id] = known
        self._shown = found

    def put(self, page: BackfilledPage) -> None:
        """Hand over a page; `done` is set when its posts are captured and counted."""
        self._waiting.put(page)

    def next(self) -> BackfilledPage | None:
        """Return a page that waits; None when none does."""
        try:
            return self._waiting.get_nowait()
        except queue.Empty:
            return None

    @property
    def follows(self) -> bool:
        """Whether gaps of any stream are filled."""
        return bool(self._shown)

    def unshown(self, stream_ids: tuple[str, ...], post_id: str) -> tuple[str, ...]:
        """Return the streams whose viewers do not have a live post yet; now they have."""
        shown = self._shown
        return tuple(key for key in stream_ids if key not in shown or shown[key].add(post_id))

    def take(self, page: BackfilledPage, now: int) -> list[Post]:
        """Capture what is new of a page received at `now` (ms); return what viewers lack."""
        shown = self._shown.get(page.stream_id)
        if shown is None:
            page.is_refused = True
            return []
        fresh: list[Post] = []
        for found in page.posts:
            post = found.post
            # A deletion of an author's posts is about those that were written before it.
            post.received_at, post.backfilled = posted_ms(post.created_at) or now, True
            arrival = apply(self._filters, Arrival(post, (page.stream_id,)))
            post.received_at = now
            if isinstance(arrival, Skipped):
                if arrival.kind != DeletionFilter.skipped_as:  # the lease may be lost
                    page.is_refused = True
                    break
                continue
            if self._is_captured(page, post.id):
                page.known.add(post.id)
                continue
            is_shown = post.id in shown
            if is_shown and not self._captures.is_captured(page.stream_id):
                page.known.add(post.id)
                continue
            if not is_shown and not self._budgets.allowed((page.stream_id,)):
                break
            self._captures.keep(arrival, found.raw, now)
            page.taken.add(post.id)
            if not is_shown:
                shown.add(post.id)
                fresh.append(post)
        return fresh

    def _is_captured(self, page: BackfilledPage, post_id: str) -> bool:
        return post_id in page.captured or self._captures.has(page.stream_id, post_id)
