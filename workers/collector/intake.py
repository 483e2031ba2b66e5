"""The intake of a collector: lines go into captures first, then into batches for the taggers."""

import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Event
from typing import Protocol

from msgspec.structs import replace

from streams.batch import Batch
from streams.clock import now_ms
from streams.live.history import RingEntry
from streams.post import Post
from streams.settings import Settings
from workers.captures.segments.timestamps import ms_of, posted_ms
from workers.collector.backfilled_pages import BackfilledPage, BackfilledPages
from workers.collector.budgets import Budgets
from workers.collector.free_posts import FreePosts
from workers.collector.left_out import LeftOut
from workers.collector.meter import ThroughputMeter
from workers.collector.outbox import Outbox
from workers.collector.post_filter import PostFilter, apply
from workers.collector.recent_ids import RecentIds
from workers.sources.routed_posts import RoutedPosts
from workers.sources.source import Arrival, Received, Skipped

log = logging.getLogger(__name__)

MOST_WAITING, FEW_WAITING = 20_000, 1_000
"""Posts that may wait, decoded or not, before the source is made to wait, and TCP with it.

What can be read again at any time has no need of many.
"""
KNOWN_LINES = 200_000
"""Lines after which nothing that came before this collector comes again."""
MOST_BYTES = 32 << 20
"""Bytes of lines of a recording that may wait: its posts may be as long as somebody made them."""
QUIET, FAST = 100, 5000
"""Posts a second below which a batch leaves at once, and from which it waits longest for others."""
SHORTEST_HOLD = 0.25
"""Share of the longest wait that a batch waits from QUIET on: each batch costs 3 ms of CPU."""
GROWTH = 4
"""Times the usual size to which a batch of a live source grows while others wait for a tagger."""
LONGEST_OPEN = 1.0
"""Seconds after which a batch is closed all the same: only then is recorded that it counts."""
REMEMBERED = 50_000
"""Posts whose streams are remembered, so that a later version finds the earlier one's."""
AT_ONCE = 200
"""Posts of an earlier collector that are remembered between two batches: 0.3 ms."""
IDLE = 0.2
"""Seconds between two looks at what else there is to do when no line comes."""
GATHER = 0.004
"""Seconds for which lines gather while they would wait anyhow, for others or for a tagger."""


class RawSink(Protocol):
    """Where posts are kept before anything else happens to them."""

    @property
    def keeping(self) -> bool: ...  # noqa: D102
    def keep(self, arrival: Arrival, raw: bytes, received_at: int) -> None: ...  # noqa: D102
    def keep_unread(self, stream_ids: tuple[str, ...], raw: bytes, received_at: int) -> None: ...  # noqa: D102
    def write_out(self, stream_ids: Iterable[str], now: int) -> None: ...  # noqa: D102
    def is_captured(self, stream_id: str) -> bool: ...  # noqa: D102
    def has(self, stream_id: str, post_id: str) -> bool: ...  # noqa: D102
    def holding(self, post_ids: Iterable[str]) -> tuple[str, ...]: ...  # noqa: D102


class Intake:
    """Removes doubles, asks the filters, captures, batches. `receive` and `run` on two threads."""

    def __init__(
        self,
        slot: str,
        settings: Settings,
        budgets: Budgets,
        recordings: RawSink,
        outbox: Outbox,
        *,
        live: bool = True,
        filters: Sequence[PostFilter] = (),
        on_taken: Callable[[object], None] = lambda position: None,
    ) -> None:
        """A source that is `live` is never made to wait while its posts are captured."""
        self.meter = ThroughputMeter()
        self.fence = 0
        self.taggers: Mapping[str, tuple[str, ...]] = {}
        """By stream, the taggers that it chose besides sentiment."""
        self.on_deleted: Callable[[Skipped], None] = lambda announcement: None
        """Takes what the platform says is deleted, with the streams that have it."""
        self.free_posts = FreePosts()
        self.came_in = self.taken = 0
        """Lines received; those of them that are routed, and captured where they are to be."""
        self._slot = slot
        self._live = live
        self._filters = filters
        self._on_taken = on_taken
        self._budgets = budgets
        self._recordings = recordings
        self._outbox = outbox
        self._most_waiting = MOST_WAITING if live else FEW_WAITING
        self._growth = GROWTH if live else 1
        self._bytes_in = self._bytes_taken = self._batch_bytes = 0
        self._most_posts = settings.batch_posts
        self._longest_hold = settings.batch_ms / 1000
        self._seen = RecentIds()
        self._routed_posts = RoutedPosts(REMEMBERED)
        self._inherited: deque[tuple[str, RingEntry]] = deque(maxlen=REMEMBERED)
        self._outdated = RecentIds(REMEMBERED)
        """Versions of posts that are not to be shown: a later one came."""
        self._shown_before: set[tuple[str, str]] = set()
        self._lines: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._stopping = Event()
        self._drained = Event()
        self._taken_until = 0
        self.left_out = LeftOut(slot)
        self.backfilled = BackfilledPages(filters, budgets, recordings)
        self.number = 0
        """Number of the last batch."""
        self._posts: list[Post] = []
        self._routes: list[tuple[str, ...]] = []
        self._edits: dict[int, tuple[str, ...]] = {}
        self._oldest = 0.0

    @property
    def waiting(self) -> int:
        """Posts received that are not on their way yet."""
        return self._lines.qsize() + len(self._posts) + self._outbox.posts

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the lines of these posts."""
        return self._bytes_in - self._bytes_taken + self._batch_bytes + self._outbox.bytes

    def taken_until(self, now: int) -> int:
        """Return the time (ms) up to which all received lines have been handed to captures."""
        return now if self.came_in == self.taken else min(now, self._taken_until)

    def receive(self, line: Received) -> None:
        """Take a line from the source; waits while too much waits already."""
        self.came_in += 1
        self._bytes_in += len(line.raw)
        self._lines.put(line)
        while self._waits_too_much() and not self._stopping.is_set():
            time.sleep(0.01)

    def _waits_too_much(self) -> bool:
        if self.waiting > self._most_waiting:
            return True
        return not self._live and self.waiting_bytes > MOST_BYTES

    def shown_before(
        self, stream_id: str, posts: Iterable[RingEntry], *, relays_again: bool = False
    ) -> None:
        """Record what an earlier collector relayed to a stream, which edits and deletions may name.

        Unless `relays_again`, these posts are relayed to it no more. They are captured all the
        same, since that collector may have lost them; a capture keeps each post once.
        """
        for post in posts:
            self._inherited.append((stream_id, post))
            if not relays_again:
                self._shown_before.add((stream_id, post.id))

    def stop(self, seconds: float) -> bool:
        """Send what has been received; False when that takes longer than `seconds`."""
        self._stopping.set()
        return self._drained.wait(seconds)

    def run(self) -> None:
        """Work until stopped and drained."""
        while not (self._stopping.is_set() and self._lines.empty()):
            self._take_lines()
            if self._inherited:
                self._inherit(AT_ONCE)
            if self._posts and self._due():
                self._flush()
            if (page := self.backfilled.next()) is not None:
                self._take_page(page)
            self._outbox.push()
            if self._live:
                self._shed()
        if self._posts:
            self._flush()
        self._outbox.empty()
        self._drained.set()

    def _take_lines(self) -> None:
        """Wait for lines and take what has come, up to the end of a batch.

        To be woken by each line would cost more than the line itself.
        """
        room, wait = self._largest - len(self._posts), IDLE
        if self._posts or self._outbox.posts:
            wait = 0.0
            if self._lines.qsize() < room:
                time.sleep(self._pause())
        for _ in range(room):
            try:
                line = self._lines.get(timeout=wait)
            except queue.Empty:
                return
            wait = 0.0
            self._take(line)
            self._bytes_taken += len(line.raw)
            self._taken_until = line.received_at
            self.taken += 1
            if line.position is not None:
                self._on_taken(line.position)

    def _pause(self) -> float:
        if self._outbox.posts:
            return GATHER
        return min(GATHER, max(0.0, self._oldest + self._hold() - time.monotonic()))

    def _take(self, line: Received) -> None:
        self.meter.received += 1
        content = self._routed(line)
        if isinstance(content, Skipped):
            self._skip(content, line)
            return
        self._recordings.keep(content, line.raw, line.received_at)
        if self._shown_before and self.taken > KNOWN_LINES:
            self._shown_before = set()
        if content.post.id in self._outdated:
            self.meter.skipped["outdated"] += 1
            return
        stream_ids = self._not_shown_yet(content) if self._shown_before else content.stream_ids
        if self.backfilled.follows:
            stream_ids = self.backfilled.unshown(stream_ids, content.post.id)
        if not stream_ids:
            self.meter.skipped["shown_before"] += 1
            return
        if not self._posts:
            self._oldest = time.monotonic()
        self._batch_bytes += len(line.raw)
        counted = stream_ids
        if content.post.edited is True:
            self._edits[len(self._posts)] = content.had
            self._outdated.add_all(content.post.ids[1:])
            counted = tuple(set(stream_ids).difference(content.had))
        for stream_id in counted:
            self.meter.posts[stream_id] += 1
        self._posts.append(content.post)
        self._routes.append(stream_ids)
        self.meter.last_post_at = line.received_at
        if free := self.free_posts.take(counted, content.post.platform, line.received_at):
            self.meter.free.update(free)

    def _take_page(self, page: BackfilledPage) -> None:
        """Send what fills a gap in batches of its own, which count when the posts were written."""
        now = now_ms()
        by_second: dict[int, list[Post]] = {}
        for post in self.backfilled.take(page, now):
            post.counted_at = posted_ms(post.created_at) or now
            by_second.setdefault(post.counted_at // 1000, []).append(post)
        for second, posts in by_second.items():
            routes: list[tuple[str, ...]] = [(page.stream_id,)] * len(posts)
            self._put(posts, routes, second)
        page.done.set()

    def _not_shown_yet(self, content: Arrival) -> tuple[str, ...]:
        if content.post.edited is True:
            return content.stream_ids
        post_id = content.post.id
        return tuple(key for key in content.stream_ids if (key, post_id) not in self._shown_before)

    def _announce(self, skipped: Skipped) -> bool:
        """Pass on what was deleted; False when no stream has it, as most that platforms say."""
        self._inherit()
        found = [*skipped.deleted_from, *self._routed_posts.streams_of(skipped.deleted)]
        found += self._recordings.holding(skipped.deleted)
        for author_id in skipped.gone_authors:
            found += self._routed_posts.remove_author(author_id)
        if found:
            self.on_deleted(replace(skipped, deleted_from=tuple(dict.fromkeys(found))))
        return bool(found)

    def _inherit(self, most: int = REMEMBERED) -> None:
        """Remember what an earlier collector relayed, at most so many of its posts."""
        for _ in range(min(most, len(self._inherited))):
            stream_id, post = self._inherited.popleft()
            author_id = post.author.id if post.author else None
            for post_id in (post.id, *post.replaces):
                self._routed_posts.add(post_id, (stream_id,), author_id)

    def _skip(self, skipped: Skipped, line: Received) -> None:
        if (skipped.deleted or skipped.gone_authors) and not self._announce(skipped):
            return
        if not self.meter.skipped[skipped.kind]:
            log.warning(
                "skipping lines of kind %r; this one begins %r", skipped.kind, line.raw[:80]
            )
        self.meter.skipped[skipped.kind] += 1
        if skipped.stream_ids:
            self._recordings.keep_unread(skipped.stream_ids, line.raw, line.received_at)

    def _routed(self, line: Received) -> Arrival | Skipped:
        """Find the streams that get the post: not a double, not filtered out, within budget."""
        content = line.content
        if isinstance(content, Skipped):
            return content
        if content.post.edited is True:
            content = self._with_earlier(content)
        content = apply(self._filters, content)
        if isinstance(content, Skipped):
            return content
        if not self._seen.add(content.key):
            return Skipped("duplicate")
        allowed = self._budgets.allowed(content.stream_ids, content.post.platform)
        if not allowed:
            return Skipped("over_budget")
        self._routed_posts.add(content.post.id, allowed)
        return content if allowed is content.stream_ids else replace(content, stream_ids=allowed)

    def _with_earlier(self, content: Arrival) -> Arrival:
        """Add the streams that got an earlier version, whatever they filter for."""
        self._inherit()
        had = (*content.had, *self._routed_posts.streams_of(content.post.ids))
        if content.version:
            self._seen.add(content.post.id)  # the first version does not follow a later one
        stream_ids = tuple(dict.fromkeys((*content.stream_ids, *had)))
        return replace(content, stream_ids=stream_ids, had=tuple(dict.fromkeys(had)))

    @property
    def _largest(self) -> int:
        """Posts in a batch at most: while no tagger has room, larger ones cost less a post."""
        return self._most_posts * (self._growth if self._outbox.posts else 1)

    def _due(self) -> bool:
        age = time.monotonic() - self._oldest
        if len(self._posts) >= self._largest:
            return True
        if self._outbox.posts:
            return age >= LONGEST_OPEN
        if age >= self._hold():
            return True
        quiet = self.meter.rate < QUIET and not len(self._outbox.in_flight)
        return quiet and self._lines.empty()

    def _hold(self) -> float:
        return self._longest_hold * min(1.0, max(SHORTEST_HOLD, self.meter.rate / FAST))

    def _flush(self) -> None:
        posts, routes, edits = self._posts, self._routes, self._edits
        self._posts, self._routes, self._edits = [], [], {}
        size, self._batch_bytes = self._batch_bytes, 0
        for platform, post in {post.platform: post for post in posts}.items():
            with suppress(ValueError):  # a platform's time may be missing, or of another form
                self.meter.note_delay(platform, ms_of(post.created_at or ""), post.received_at)
        self._put(posts, routes, edits=edits, size=size)

    def _put(
        self,
        posts: list[Post],
        routes: list[tuple[str, ...]],
        counted_at: int | None = None,
        *,
        edits: dict[int, tuple[str, ...]] | None = None,
        size: int = 0,
    ) -> None:
        if self._recordings.keeping:  # what is shown and counted is in the file before
            self._recordings.write_out({key for each in routes for key in each}, now_ms())
        self.number += 1
        taggers = self._chosen(routes) if self.taggers else {}
        batch = Batch(
            self._slot, self.fence, self.number, posts, routes, taggers, counted_at, edits or {}
        )
        self._outbox.put(batch, size)

    def _chosen(self, routes: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
        chosen: dict[str, list[int]] = {}
        for index, stream_ids in enumerate(routes):
            names = {name for key in stream_ids for name in self.taggers.get(key, ())}
            for name in sorted(names):
                chosen.setdefault(name, []).append(index)
        return chosen

    def _shed(self) -> None:
        """Where posts are captured, dashboards show less rather than make a live source wait."""
        while self._recordings.keeping and self._outbox.posts > MOST_WAITING // 2:
            if (batch := self._outbox.shed()) is None:
                return
            self.meter.skipped["not_shown"] += len(batch.posts)
            self.left_out.add(batch)
