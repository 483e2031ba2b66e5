"""The latest posts, for recent search and for replaying a gap."""

from collections import deque
from collections.abc import Iterator

from simulator.posts import SimulatedPost
from simulator.settings import SimulatorSettings


class Corpus:
    """A ring of posts by age, with an index by id. A known id replaces the older post."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._order: deque[str] = deque()
        self._posts: dict[str, SimulatedPost] = {}

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, post: SimulatedPost) -> None:
        """Keep a post; the oldest makes room."""
        known = self._posts.get(post.id)
        if known is None:
            self._order.append(post.id)
        elif known is not post:
            post.billed = known.billed
        self._posts[post.id] = post
        while len(self._order) > self._settings.corpus:
            self._posts.pop(self._order.popleft(), None)

    def get(self, post_id: str) -> SimulatedPost | None:
        """Return a post by id."""
        return self._posts.get(post_id)

    def edits_of(self, post_id: str) -> list[str]:
        """Return the ids of all versions of a post that are known here, its own included."""
        chain = {post_id}
        for post in self._posts.values():
            history = post.data.get("edit_history_tweet_ids") or ()
            if post_id in history:
                chain |= {post.id, *history}
        return sorted(chain)

    def remove(self, post_id: str) -> None:
        """Forget a deleted post."""
        self._posts.pop(post_id, None)

    def newest_first(self) -> Iterator[SimulatedPost]:
        """Return the posts by falling id."""
        for post_id in sorted(self._posts, key=int, reverse=True):
            if post := self._posts.get(post_id):
                yield post

    def oldest_first(self) -> list[SimulatedPost]:
        """Return the posts in the order in which they came."""
        return [self._posts[i] for i in self._order if i in self._posts]

    def clear(self) -> None:
        """Forget all posts."""
        self._order.clear()
        self._posts.clear()
