"""Backfill of one slot: runs its backfiller, and bounds what that spends."""

import threading
from collections.abc import Mapping, Sequence
from math import ceil

import redis

from streams.live.history import ring_entries
from streams.live.report import Fault
from streams.names import source_of
from streams.settings import Settings
from streams.sources import can_backfill
from streams.store import Store
from streams.stream import Stream
from workers.collector.backfilled_pages import BackfilledPage
from workers.collector.backfiller import Backfiller
from workers.collector.budgets import LEAD, SPENT, Budgets
from workers.collector.ceiling import SPENT_CODE
from workers.collector.ceilings import SpendingCeilings
from workers.collector.intake import Intake
from workers.collector.recordings import Recordings
from workers.sources.gap_search import SearchImpossibleError, open_gap_search


class SlotBackfill:
    """Does nothing where the platform has no search for posts of the past."""

    def __init__(
        self,
        slot: str,
        settings: Settings,
        store: Store,
        client: redis.Redis,
        recordings: Recordings,
        intake: Intake,
        budgets: Budgets,
        ceilings: SpendingCeilings,
    ) -> None:
        self._client = client
        self._ring_posts = settings.ring_posts
        self._intake = intake
        self._budgets = budgets
        self._ceilings = ceilings
        self._held_back: Mapping[str, Fault] = {}
        self._backfiller: Backfiller | None = None
        if can_backfill(source := source_of(slot)):
            self._backfiller = Backfiller(
                store,
                open_gap_search(source),
                recordings,
                self._put,
                self._room,
                settings.backfill_wait_seconds,
            )

    def start(self) -> None:
        """Begin to look for gaps, in a thread of its own."""
        if self._backfiller is not None:
            threading.Thread(target=self._backfiller.run, daemon=True).start()

    def follow(self, runnable: Sequence[Stream], held_back: Mapping[str, Fault]) -> None:
        """Fill the gaps of the streams whose owners want that; raises LiveStoreError.

        `held_back` names the streams that may not run, and why.
        """
        if self._backfiller is None:
            return
        self._held_back = held_back
        wanted = [each for each in runnable if each.plan.backfill]
        self._intake.backfilled.follow([each.id for each in wanted], self._shown)
        self._backfiller.follow(wanted)

    def notes(self) -> dict[str, str]:
        """Return by stream id what is being filled."""
        return self._backfiller.notes() if self._backfiller else {}

    def stop(self) -> None:
        """End after the page that is under way."""
        if self._backfiller is not None:
            self._backfiller.stop()

    def _shown(self, stream_id: str) -> list[str]:
        return [each.id for each in ring_entries(self._client, stream_id, self._ring_posts)]

    def _put(self, page: BackfilledPage) -> None:
        self._ceilings.spend(page.stream_id, page.read)
        self._intake.backfilled.put(page)

    def _room(self, stream: Stream) -> int | None:
        """Return how many posts a search may read; raises SearchImpossibleError when none may."""
        fault = self._held_back.get(stream.id)
        if fault is not None and fault.code in (SPENT.code, SPENT_CODE):
            raise SearchImpossibleError(fault.code, fault.message)
        room = self._ceilings.room(stream, self._intake.meter)
        left = self._budgets.left(stream.id)
        if left is None:
            return room
        rate = self._intake.meter.paid_rates.get(stream.id, 0.0)
        left = max(0, left - ceil(rate * LEAD))
        return left if room is None else min(left, room)
