"""Which posts came lately: reconnects and overlapping rules deliver some of them twice."""


class RecentIds:
    """Remembers at least the last `size` ids, at most twice as many."""

    def __init__(self, size: int = 50_000) -> None:
        self._size = size
        self._young: set[str] = set()
        self._old: set[str] = set()

    def __contains__(self, post_id: str) -> bool:
        return post_id in self._young or post_id in self._old

    def add(self, post_id: str) -> bool:
        """Record an id; False when it came before."""
        if post_id in self:
            return False
        self._young.add(post_id)
        if len(self._young) >= self._size:
            self._young, self._old = set(), self._young
        return True
