"""What searches for the posts of gaps may read under the spending limits, reserved page by page."""

from collections.abc import Iterator

import msgspec

from streams.live.spending import Reservation, SpendingLedger
from streams.stream import Stream
from workers.collector.ceilings import DAY_MS, Ceiling, SpendingCeilings

PAGE_POSTS = 100
"""Posts that the largest page brings, and so what is reserved for one stream."""


class _Held(msgspec.Struct):
    """Posts of one stream that are reserved and not read, and under which limits."""

    day: int
    posts: int = 0
    shares: dict[Ceiling, str] = {}
    """By limit, the epoch of the ledger in which they were reserved."""


class SearchAllowance:
    """Live posts reserve their own. Methods may raise LiveStoreError; for one thread."""

    def __init__(self, ceilings: SpendingCeilings, ledger: SpendingLedger) -> None:
        self._ceilings = ceilings
        self._ledger = ledger
        self._held: dict[str, _Held] = {}

    def room(self, stream: Stream, now: int) -> int | None:
        """Reserve a page; returns how many posts may be read, None where nothing is limited."""
        ceilings = list(self._ceilings.of(stream))
        if not ceilings:
            return None
        held = self._held.get(stream.id)
        if held is None or held.day != now // DAY_MS:
            held = self._held[stream.id] = _Held(now // DAY_MS)
        if held.posts < PAGE_POSTS:
            self._reserve(held, ceilings, stream, PAGE_POSTS - held.posts, now)
        return held.posts

    def spend(self, stream_id: str, posts: int) -> None:
        """Record that posts were read."""
        if (held := self._held.get(stream_id)) is not None:
            held.posts = max(0, held.posts - posts)

    def release(self, stream: Stream, now: int) -> None:
        """Give back what was reserved for a stream and not read."""
        held = self._held.pop(stream.id, None)
        if held is None or held.day != now // DAY_MS:
            return
        for ceiling, epoch in held.shares.items():
            amount = held.posts * ceiling.cost(stream)
            self._ledger.give_back(ceiling.period(now), ceiling.subject, amount, epoch)

    def _reserve(
        self, held: _Held, ceilings: list[Ceiling], stream: Stream, posts: int, now: int
    ) -> None:
        """Reserve under every limit as many posts as the tightest leaves."""
        found = list(self._asked(ceilings, stream, posts, now))
        granted = min(amount // ceiling.cost(stream) for ceiling, amount, _ in found)
        for ceiling, amount, epoch in found:
            spare = amount - granted * ceiling.cost(stream)
            self._ledger.give_back(ceiling.period(now), ceiling.subject, spare, epoch)
            held.shares[ceiling] = epoch
        held.posts += granted

    def _asked(
        self, ceilings: list[Ceiling], stream: Stream, posts: int, now: int
    ) -> Iterator[tuple[Ceiling, int, str]]:
        for ceiling in ceilings:
            amount = posts * ceiling.cost(stream)
            asked = Reservation(
                period=ceiling.period(now),
                subject=ceiling.subject,
                limit=ceiling.amount(ceiling.limit),
                recorded=self._ceilings.recorded(ceiling),
                unrecorded=0,
                overdrawn=0,
                needed=amount,
                useful=amount,
            )
            granted, epoch = self._ledger.reserve(asked, None)
            yield ceiling, granted, epoch
