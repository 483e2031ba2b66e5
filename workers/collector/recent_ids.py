"""Which posts came lately: reconnects and overlapping rules deliver some of them twice."""

from collections.abc import Iterable


class RecentIds:
    """Remembers at least the last `size` ids, at most twice as many."""

    def __init__(self, size: int = 50_000) -> None:
        self._size = size
        self._young: set[str] = set()
        self._old: set[str] = set()

    def resize(self, size: int) -> None:
        """Remember so many from now on; fewer take effect as ids are added."""
        self._size = size

    def __contains__(self, post_id: str) -> bool:
        return post_id in self._young or post_id in self._old

    def add_all(self, ids: Iterable[str]) -> bool:
        """Record ids; False when all of them came before, and there are any."""
        is_new, are_any = False, False
        for each in ids:
            is_new, are_any = self.add(each) or is_new, True
        return is_new or not are_any

    def add(self, post_id: str) -> bool:
        """Record an id; False when it came before."""
        if post_id in self._young or post_id in self._old:
            return False
        self._young.add(post_id)
        if len(self._young) >= self._size:
            self._young, self._old = set(), self._young
        return True
