"""The backfiller: searches for the posts of gaps, one gap at a time, beside its collector."""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Protocol

import msgspec

from streams.clock import now_ms
from streams.live import LiveStoreError
from streams.store import Store, StoreError
from streams.store.gaps import FillState, UnfilledGap
from streams.stream import Stream
from workers.captures.segments.manifest import BackfillSpan
from workers.captures.segments.timestamps import iso
from workers.collector.backfill_plan import (
    BUDGET_SPENT,
    MARGIN_MS,
    OTHER_SOURCES,
    TOO_OLD,
    FillProgress,
    filter_at,
    outcome_of,
    page_size,
    progress_of,
    run_around,
    window_of,
)
from workers.collector.backfilled_pages import BackfilledPage
from workers.lifecycle.outage_log import OutageLog
from workers.sources.gap_search import (
    FoundPage,
    GapQuery,
    GapSearch,
    SearchDelayedError,
    SearchImpossibleError,
    SearchWindow,
)

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Seconds between two checks for gaps to fill."""
PAGE_SECONDS = 1.0
"""Seconds between two pages: live posts come first."""
FAILED_SECONDS = 60.0
"""Seconds until a gap is tried again after an unexpected error."""
SYNC_SECONDS = 0.05
"""Seconds between two checks whether a page is on the disk."""

Room = Callable[[Stream], int | None]
"""Returns how many posts may be read for a stream, None without a limit. Raises
SearchImpossibleError when none may, LiveStoreError."""


class Captures(Protocol):
    """What the backfiller needs of the captures."""

    def is_captured(self, stream_id: str) -> bool: ...  # noqa: D102
    def has(self, stream_id: str, post_id: str) -> bool: ...  # noqa: D102
    def ids_around(self, stream_id: str, window: SearchWindow) -> set[str]: ...  # noqa: D102
    def kept_until(self, now: int) -> int: ...  # noqa: D102
    def add_backfill(self, stream_id: str, span: BackfillSpan) -> None: ...  # noqa: D102


class _StoppedError(Exception):
    """The stream does not run any more, or the collector ends: the gap is left for the next."""


class Backfiller:
    """`follow` and `notes` on the collector's thread, `run` on one of its own."""

    def __init__(
        self,
        store: Store,
        search: GapSearch,
        captures: Captures,
        put: Callable[[BackfilledPage], None],
        room: Room,
        wait_seconds: float,
    ) -> None:
        self.store = store
        self.search = search
        self.captures = captures
        self._put = put
        self.room = room
        self._wait_ms = round(wait_seconds * 1000)
        self._streams: dict[str, Stream] = {}
        self._notes: dict[str, str] = {}
        self._stopped = Event()
        self._outage = OutageLog(log, "gaps are filled later")

    def follow(self, streams: Sequence[Stream]) -> None:
        """Fill the gaps of these streams from now on."""
        self._streams = {each.id: each for each in streams}

    def notes(self) -> dict[str, str]:
        """Return by stream id a sentence on what is being filled."""
        return dict(self._notes)

    def run(self) -> None:
        """Look for gaps that are over, and fill them, until `stop`."""
        while not self._stopped.wait(LOOK_SECONDS):
            if not self._streams:
                continue
            try:
                filled = self.fill_all()
            except (StoreError, LiveStoreError) as error:
                self._outage.failed(error)
                continue
            self._outage.succeeded()
            if not filled:
                self._stopped.wait(FAILED_SECONDS)

    def stop(self) -> None:
        """End `run` after the page that is under way; another collector goes on from there."""
        self._stopped.set()

    def fill_all(self) -> bool:
        """Fill the gaps that are over and due, the oldest first; raises StoreError, LiveStoreError.

        False after an unexpected error: these gaps are tried again.
        """
        streams, all_went_well = self._streams, True
        for gap in self.store.gaps.unfilled(list(streams), now_ms() - self._wait_ms):
            try:
                GapFilling(self, streams[gap.stream_id], gap).run()
            except _StoppedError:
                continue
            except (StoreError, LiveStoreError):
                raise
            except Exception:
                log.exception("a gap of stream %s could not be filled", gap.stream_id)
                all_went_well = False
            finally:
                self._notes.pop(gap.stream_id, None)
        return all_went_well

    def note(self, stream_id: str, text: str) -> None:
        """Have the status of a stream say what happens."""
        self._notes[stream_id] = text

    def check(self, stream: Stream) -> None:
        """Raise when the stream does not run any more."""
        if self._stopped.is_set() or stream.id not in self._streams:
            raise _StoppedError

    def pause(self, stream: Stream, seconds: float) -> None:
        """Wait; raises when the stream stops meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._stopped.wait(min(left, 1.0))
            self.check(stream)

    def hand_over(self, page: BackfilledPage, stream: Stream) -> None:
        """Have the posts of a page captured and counted, and wait until they are on the disk."""
        self._put(page)
        while not page.done.wait(1.0):
            self.check(stream)
        if page.is_refused:
            raise _StoppedError
        taken_at = now_ms()
        while page.taken and self.captures.kept_until(now_ms()) < taken_at:
            self.pause(stream, SYNC_SECONDS)  # continue only from what survives a crash


class GapFilling:
    """One attempt at one gap; it continues where an earlier one ended."""

    def __init__(self, filler: Backfiller, stream: Stream, gap: UnfilledGap) -> None:
        self._filler = filler
        self._search = filler.search
        self._stream = stream
        self._gap = gap
        self._progress = progress_of(gap)
        self._pending = frozenset(self._progress.pending)
        """Posts that an attempt before this one was about to capture."""
        self._posts = gap.posts
        self._token: str | None = None
        self._asked_before = self._progress.before_id
        self._captured: set[str] = set()

    def run(self) -> None:
        """Search to the end, or until that is not possible, and record the outcome."""
        filler, gap, stream = self._filler, self._gap, self._stream
        margin = MARGIN_MS if filler.captures.is_captured(stream.id) else 0
        edits = filler.store.streams.edits(stream.id)
        run = run_around(stream, edits, gap)
        found = window_of(gap, run, now_ms(), self._search.reach_ms, margin)
        if found is None:
            self._end(TOO_OLD, is_clipped=False, absent=())
            return
        window, is_clipped = found
        filter_ = filter_at(stream, edits, gap.ended_at)
        absent = self._search.absent(filter_)
        if stream.further_sources and gap.source is None:  # what a disk lost was of all of them
            absent = (*absent, OTHER_SOURCES)
        try:
            queries = self._search.queries(filter_)
            self._captured = filler.captures.ids_around(stream.id, window)
            while self._progress.query < len(queries):
                self._read_page(queries[self._progress.query], window)
        except SearchImpossibleError as error:
            log.warning("a gap of stream %s cannot be filled further: %s", stream.id, error)
            self._end(error.code, is_clipped=is_clipped, absent=absent)
        else:
            self._end(None, is_clipped=is_clipped, absent=absent)

    def _read_page(self, query: GapQuery, window: SearchWindow) -> None:
        """Read a page and have it captured, once SQL has recorded which posts are new."""
        page = self._ask(query, window)
        posts = page.posts[::-1]  # the oldest first, as a stream brings them
        ids = [each.post.id for each in posts]
        pending = tuple(post_id for post_id in ids if self._is_new(post_id))
        self._record("filling", msgspec.structs.replace(self._progress, pending=pending))
        handed = BackfilledPage(self._stream.id, posts, self._captured, page.read)
        self._filler.hand_over(handed, self._stream)
        self._posts += len(handed.taken) + len(handed.known & self._pending)
        self._pending = frozenset()
        self._advance(page)
        span = f"from {iso(self._gap.started_at)} to {iso(self._gap.ended_at)}"
        text = f"Filling the gap {span} by search: {self._posts} posts so far."
        self._filler.note(self._stream.id, text)
        self._filler.pause(self._stream, max(PAGE_SECONDS, page.wait_seconds))

    def _is_new(self, post_id: str) -> bool:
        if post_id in self._pending:
            return True
        captures = self._filler.captures
        return post_id not in self._captured and not captures.has(self._stream.id, post_id)

    def _ask(self, query: GapQuery, window: SearchWindow) -> FoundPage:
        """Ask for the next page until the platform answers."""
        while True:
            room = self._filler.room(self._stream)
            size = page_size(room, self._search.least_posts, self._search.most_posts)
            if size == 0:
                text = f"The budget leaves {room} posts, and a search brings more."
                raise SearchImpossibleError(BUDGET_SPENT, text)
            self._filler.check(self._stream)
            try:
                return self._search.page(
                    query,
                    window,
                    size,
                    before_id=self._asked_before,
                    next_token=self._token,
                )
            except SearchDelayedError as delay:
                log.warning("a gap of stream %s waits: %s", self._stream.id, delay)
                self._filler.note(self._stream.id, f"A gap waits to be filled. {delay}")
                self._filler.pause(self._stream, delay.seconds)

    def _advance(self, page: FoundPage) -> None:
        """Continue with what is older than this page, or with the next search."""
        pages = self._progress.pages + 1
        if page.next_token is None:
            self._progress = FillProgress(self._progress.query + 1, None, pages)
            self._token = self._asked_before = None
            return
        oldest = page.oldest_id or self._progress.before_id
        self._progress = FillProgress(self._progress.query, oldest, pages)
        self._token = page.next_token

    def _end(self, stopped_by: str | None, *, is_clipped: bool, absent: Sequence[str]) -> None:
        """Record the outcome, in the manifest first: recorded in SQL, the gap is done."""
        state, missing = outcome_of(self._progress.pages, stopped_by, is_clipped, absent)
        since, until = iso(self._gap.started_at), iso(self._gap.ended_at)
        span = BackfillSpan(since, until, iso(now_ms()), state, self._posts, list(missing))
        self._filler.captures.add_backfill(self._stream.id, span)
        self._record(state, None, missing)

    def _record(
        self, state: FillState, progress: FillProgress | None, missing: Sequence[str] = ()
    ) -> None:
        kept = msgspec.json.encode(progress).decode() if progress else None
        self._filler.store.gaps.record_filling(
            self._gap.id, state, now_ms(), posts=self._posts, missing=missing, progress=kept
        )
