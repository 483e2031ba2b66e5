"""The count keeper: moves counts from Redis to SQL, and counts again what Redis lost."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from math import inf

import redis

from streams.batch import Batch
from streams.live import LiveStoreError, history, minutes
from streams.live.minutes import SourceCounts
from streams.store.minutes import Minutes
from streams.store.segments import Segments
from workers.collector.count_journal import CountJournal, JournalEntry
from workers.collector.count_ledger import CountLedger, entry_of
from workers.collector.sealed_counts import SealedCounts

log = logging.getLogger(__name__)

NOTED_SECONDS = 600
"""How long the status of a stream says that posts of it were counted again."""


class CountKeeper:
    """Keeps the totals of the streams of a slot equal to what its collector took in."""

    def __init__(
        self,
        client: redis.Redis,
        stored: Minutes,
        segments: Segments,
        slot: str,
        journal: CountJournal | None,
    ) -> None:
        self._client = client
        self._stored = stored
        self._slot = slot
        self._ledger = CountLedger(journal)
        self._sealed = SealedCounts(client, segments, stored, self._ledger)
        self._restored: Counter[str] = Counter()
        self._noted_until = 0.0

    @property
    def uncounted(self) -> int:
        """How many batches and tokens SQL has not counted yet."""
        return len(self._ledger)

    def take(self, batch: Batch) -> None:
        """Record what a batch will add to the counts."""
        self._ledger.take(entry_of(batch))

    @property
    def recorded_until(self) -> int:
        """When the last post that an earlier collector recorded was received (ms); 0 if unknown."""
        return self._ledger.before.until

    def take_over(self, stream_id: str, changed_at: int) -> Collection[str]:
        """Return, once, posts of a stream that count already, unless it was changed since (ms)."""
        before = self._ledger.before
        posts = before.posts.pop(stream_id, ())
        return posts if changed_at <= before.until else ()

    def take_captured(
        self,
        token: str,
        stream_id: str,
        changed_at: int,
        captured: Sequence[tuple[str, int]],
        known: Collection[str],
    ) -> list[str]:
        """Record the posts that an earlier collector captured, and was killed before it recorded.

        They are those of `captured` (id and time of receipt in ms, in order) that came after the
        last recorded one and are not `known`. Returns their ids; `token` stands for them.
        """
        until = self.recorded_until
        if not until or changed_at > until:
            return []
        found = [post_id for post_id, at in captured if at >= until and post_id not in known]
        if found:
            last = captured[-1][1]
            counts = SourceCounts(last // 1000, {stream_id: len(found)})
            posts = [(post_id, (stream_id,)) for post_id in found]
            self._ledger.add(JournalEntry(token, counts, (), posts, last))
        return found

    def compare_with_sealed(self, stream_id: str, token: str) -> None:
        """Count later what sealed files of a stream hold and nothing has counted, under a token.

        Call it once, when all that was captured is sealed and before posts come.
        """
        self._sealed.begin(stream_id, token, time.monotonic())

    @contextmanager
    def handing_over(self, *tokens: str) -> Iterator[None]:
        """Record that Redis gets batches, or tokens, in this block, unless that fails."""
        for token in tokens:
            self._ledger.hand_over(token, time.monotonic())
        try:
            yield
        except (ConnectionError, LiveStoreError):
            for token in tokens:
                self._ledger.hand_over(token, inf)
            raise

    def handed_over(self, token: str) -> None:
        """Record that Redis has got a batch again: it is overdue later."""
        self._ledger.hand_over(token, time.monotonic())

    def counted(self, send: Callable[[Batch], None]) -> Callable[[Batch], None]:
        """Return a `send` that records that Redis gets each batch."""

        def send_counted(batch: Batch) -> None:
            with self.handing_over(batch.id):
                send(batch)

        return send_counted

    def seed(self, stream_ids: Sequence[str]) -> None:
        """Add what SQL remembers to the totals of a Redis that began anew."""
        for stream_id in history.unseeded(self._client, stream_ids):
            history.seed(self._client, stream_id, self._stored.totals(stream_id))

    def close(self) -> None:
        """Leave nothing behind of a source that has ended, or is resumed where it was left."""
        self._ledger.close()

    def commit(self) -> None:
        """Move counts from Redis to SQL; raises what either raises, and loses nothing by it."""
        if pending := minutes.take(self._client, self._slot):
            self._stored.add(self._slot, pending.token, pending.counts)
            self._ledger.remove(pending.sources)
            self._ledger.save()
            minutes.settle(self._client, self._slot)

    def restore(self, now: float) -> list[str]:
        """Count the posts of batches that Redis lost as not labelled; call it after `commit`.

        Returns the ids of batches that Redis has had for long and no tagger relayed.
        """
        self._sealed.look(now)
        overdue = self._ledger.overdue(now)
        states = {token: self._restore(token, counts) for token, counts in overdue.items()}
        self._ledger.remove(token for token, state in states.items() if state == "counted")
        kept = [token for token, state in states.items() if state == "kept"]
        missing = [token for token, state in states.items() if state == "lost"]
        certain = self._ledger.certain(missing, now)
        if not certain:
            return kept
        self.seed(list({key for token in certain for key in overdue[token].posts}))
        found: Counter[str] = Counter()
        for token in certain:
            lost = overdue[token]
            if self._restore(token, lost, is_certain=True) == "lost":
                found.update(lost.posts)
        message = "Redis lost the counts of %d posts, which now count as not labelled"
        log.warning(message, found.total())
        self._restored += found
        self._noted_until = now + NOTED_SECONDS
        return kept

    def notes(self, now: float) -> dict[str, str]:
        """Return, by stream id, what was counted again lately."""
        if now >= self._noted_until:
            self._restored.clear()
        return {
            stream_id: f"Redis lost its data, so the labels of {posts:,} posts are lost: "
            "they count as not labelled. Captures and totals hold all."
            for stream_id, posts in self._restored.items()
        }

    def _restore(
        self, token: str, counts: SourceCounts, is_certain: bool = False
    ) -> minutes.SourceState:
        return minutes.restore(self._client, self._slot, token, counts, is_certain=is_certain)
