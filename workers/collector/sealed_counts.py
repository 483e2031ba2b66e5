"""The sealed counts: no total stays below what sealed files held when the collector began.

A journal can be gone, or too old to be believed. What was captured and sealed is known all the
same. Posts that were counted while nothing was captured can hide as many that are missing.
"""

import logging
import time
from dataclasses import dataclass

import redis

from streams.clock import now_ms
from streams.live.minutes import SourceCounts
from streams.live.unsettled import unsettled
from streams.post import COUNT_KINDS
from streams.store.minutes import Minutes
from streams.store.segments import SealedPosts, Segments
from workers.collector.count_journal import JournalEntry
from workers.collector.count_ledger import CERTAIN, OVERDUE, CountLedger

log = logging.getLogger(__name__)

SETTLED = 2 * (OVERDUE + CERTAIN)
"""Seconds after which Redis and the journal have said what became of an earlier collector's."""
LOOK_SECONDS = 0.05
"""Time that one look may take: it keeps the collector from its other work."""


@dataclass
class _Compared:
    token: str
    sealed: SealedPosts
    due: float


class SealedCounts:
    """`begin` and `look` on one thread, `look` right after counts were moved to SQL."""

    def __init__(
        self, client: redis.Redis, segments: Segments, stored: Minutes, ledger: CountLedger
    ) -> None:
        self._client = client
        self._segments = segments
        self._stored = stored
        self._ledger = ledger
        self._open: dict[str, _Compared] = {}

    def begin(self, stream_id: str, token: str, now: float) -> None:
        """Remember what is sealed of a stream of which no post has come yet."""
        if sealed := self._segments.sealed([stream_id]).get(stream_id):
            self._open[stream_id] = _Compared(token, sealed, now + SETTLED)

    def look(self, now: float) -> None:
        """Compare the streams that are due (`now` in seconds, monotonic); raises what reading does.

        What is missing goes into the ledger, as counts of which Redis knows nothing.
        """
        due = [stream_id for stream_id, one in self._open.items() if now >= one.due]
        if not due or self._ledger.inherits:
            return
        until = time.monotonic() + LOOK_SECONDS
        missing: dict[str, int] = {}
        for stream_id in due:
            if not (count := self._missing(stream_id, self._open[stream_id].sealed)):
                del self._open[stream_id]
            else:
                missing[stream_id] = count
            if time.monotonic() > until:
                break
        waiting = unsettled(self._client, self._ledger) if missing else frozenset()
        for stream_id in missing.keys() - waiting:
            self._count(stream_id, missing[stream_id], now)

    def _missing(self, stream_id: str, sealed: SealedPosts) -> int:
        totals = self._stored.totals(stream_id)
        known = sum(totals[kind] for kind in COUNT_KINDS)
        known += self._ledger.uncounted_before(stream_id)
        if known >= sealed.most:
            return 0
        return max(0, self._segments.posts_in(stream_id, sealed.until) - known)

    def _count(self, stream_id: str, count: int, now: float) -> None:
        message = "stream %s: sealed files hold %d posts that nothing has counted"
        log.warning(message, stream_id, count)
        token = self._open.pop(stream_id).token
        counts = SourceCounts(now_ms() // 1000, {stream_id: count})
        self._ledger.add(JournalEntry(token, counts))
        self._ledger.hand_over(token, now - OVERDUE)
