"""The predecessor: what the last collector of a slot took in, so that every post counts once."""

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import redis

from streams.live.history import RingEntry, ring_entries
from streams.sources import reads_on
from streams.stream import Stream
from workers.captures.recorder import left_since
from workers.collector.count_keeper import CountKeeper
from workers.collector.intake import Intake


class Predecessor:
    """Asked once for each stream, after its capture was repaired and before posts of it come."""

    def __init__(
        self,
        captures: Path,
        count_keeper: CountKeeper,
        intake: Intake,
        token: str,
        is_read_again: Callable[[Stream], bool],
    ) -> None:
        """`token` is used for nothing else; where a stream `is_read_again`, its sources bring all
        posts again that the predecessor had not recorded.
        """
        self._captures = captures
        self._count_keeper = count_keeper
        self._intake = intake
        self._token = token
        self._is_read_again = is_read_again
        self._asked: set[str] = set()

    def resume(self, streams: Sequence[Stream]) -> None:
        """Count what was captured and not recorded, and relay no recorded post again.

        Raises StoreError.
        """
        for stream in streams:
            if stream.id not in self._asked:
                if stream.folder and not self._brings_again(stream):
                    token = f"{self._token}:{stream.id}:sealed"
                    self._count_keeper.compare_with_sealed(stream.id, token)
                self._asked.add(stream.id)
                known = self._count_keeper.take_over(stream.id, stream.changed_at)
                if stream.folder and not self._is_read_again(stream):
                    self._count_captured(stream, stream.folder, known)
                self._intake.shown_before(stream.id, map(RingEntry, known))

    def _brings_again(self, stream: Stream) -> bool:
        """Return whether any source of a stream brings posts again that are captured already."""
        return self._is_read_again(stream) or any(map(reads_on, stream.sources))

    def _count_captured(self, stream: Stream, folder: str, known: Collection[str]) -> None:
        since = self._count_keeper.recorded_until
        if not since:
            return
        captured = left_since(self._captures / folder, since)
        token = f"{self._token}:{stream.id}"
        found = self._count_keeper.take_captured(
            token, stream.id, stream.changed_at, captured, known
        )
        if found:
            self._intake.shown_before(stream.id, map(RingEntry, found))
            self._intake.left_out.add_counts(token, {stream.id: len(found)})


def remember_shown(
    intake: Intake, client: redis.Redis, streams: Iterable[Stream], ring_posts: int
) -> None:
    """Find again what edits and deletions may name, from what viewers of streams got last.

    Nothing of it is relayed twice where a source reads on: it begins a little before where it
    ended. Raises LiveStoreError.
    """
    for stream in streams:
        again = not any(map(reads_on, stream.sources))
        shown = ring_entries(client, stream.id, ring_posts)
        intake.shown_before(stream.id, shown, relays_again=again)
