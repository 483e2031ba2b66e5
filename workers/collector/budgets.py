"""Budgets: how many posts a stream may still read, counted one by one."""

from collections.abc import Callable, Collection, Mapping, Sequence

from streams.live.report import Fault
from streams.sources import is_paid
from streams.stream import Stream

LEAD = 2.0
"""Seconds of posts that a rule is deleted ahead, since X bills what comes until it is gone."""
SPENT = Fault("budget_spent", "The budget is spent. Raise it to go on.")


class Budgets:
    """One thread takes, another admits; a stream without a budget has no limit."""

    def __init__(self) -> None:
        self._most: dict[str, int | None] = {}
        self._left: dict[str, int] = {}
        self._spent: set[str] = set()
        self._paid_only: set[str] = set()
        """Streams that follow paid sources and others: only the paid posts count."""

    def admit(self, stream: Stream, read_so_far: Callable[[str], int]) -> None:
        """Count a stream from now on; what it has read so far is asked for when needed only."""
        most = stream.plan.most_posts
        if stream.id in self._most and self._most[stream.id] == most:
            return
        self._most[stream.id] = most
        if stream.further_sources and any(map(is_paid, stream.sources)):
            self._paid_only.add(stream.id)
        self._spent.discard(stream.id)
        if most is None:
            self._left.pop(stream.id, None)
        else:
            self._left[stream.id] = max(0, most - read_so_far(stream.id))

    def within(
        self,
        wanted: Sequence[Stream],
        rates: Mapping[str, float],
        read_so_far: Callable[[str], int],
    ) -> tuple[list[Stream], Mapping[str, Fault]]:
        """Return who may run on, and why others may not."""
        self.forget([stream.id for stream in wanted])
        for stream in wanted:
            self.admit(stream, read_so_far)
        spent = {each.id: SPENT for each in wanted if self.spent(each.id, rates.get(each.id, 0.0))}
        return [stream for stream in wanted if stream.id not in spent], spent

    def forget(self, stream_ids: Collection[str]) -> None:
        """Count only these from now on; another must be admitted again."""
        for gone in self._most.keys() - set(stream_ids):
            del self._most[gone]
            self._left.pop(gone, None)
            self._spent.discard(gone)
            self._paid_only.discard(gone)

    def allowed(self, stream_ids: tuple[str, ...], platform: str = "x") -> tuple[str, ...]:
        """Return those that may have one more post of a platform, and count it."""
        if not self._left:
            return stream_ids
        free = self._paid_only if not is_paid(platform) else ()
        return tuple([key for key in stream_ids if key in free or self._take(key)])

    def spent(self, stream_id: str, rate: float) -> bool:
        """Return whether a stream must stop so as not to pass its budget at this rate."""
        left = self._left.get(stream_id)
        if left is not None and left <= rate * LEAD:
            self._spent.add(stream_id)  # the rate falls when it stops: that must not start it again
        return stream_id in self._spent

    def left(self, stream_id: str) -> int | None:
        """Return how many posts are left; None without a budget."""
        return self._left.get(stream_id)

    def _take(self, stream_id: str) -> bool:
        left = self._left.get(stream_id)
        if left is None:
            return True
        if left <= 0:
            return False
        self._left[stream_id] = left - 1
        return True
