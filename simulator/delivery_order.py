"""Faults in the order of posts: duplicates, out of order, skewed clocks, chains of edits."""

from collections.abc import Iterator
from datetime import datetime

from simulator.faults import Faults
from simulator.posts import SimulatedPost, iso


class Rearranger:
    """Turns each post into those that are published for it, by the faults in force."""

    def __init__(self, faults: Faults, ids: Iterator[str]) -> None:
        self._faults = faults
        self._ids = ids
        self.holding: list[SimulatedPost] = []

    def arrange(self, post: SimulatedPost) -> list[SimulatedPost]:
        """Return what to publish now: nothing, the post, or more than the post."""
        skew = self._faults.find("clock_skew")
        if skew and "created_at" in post.data:
            moment = datetime.fromisoformat(post.data["created_at"]).timestamp()
            shifted = iso(moment + (skew.order.seconds or 0.0))
            post = _changed(post, post.data | {"created_at": shifted})
        if self._faults.take("out_of_order"):
            self.holding.append(post)
            return [] if self._faults.find("out_of_order") else self.flush()
        posts = [*self.flush(), post]
        if self._faults.take("duplicates"):
            posts.append(post)
        if self._faults.take("edit_chain"):
            posts.append(self._edit(post))
        return posts

    def flush(self) -> list[SimulatedPost]:
        """Return the posts held back, youngest first."""
        held, self.holding = self.holding[::-1], []
        return held

    def _edit(self, post: SimulatedPost) -> SimulatedPost:
        """Make the edited version of a post: a new id, and the history of both."""
        edit_id = next(self._ids)
        history = [*(post.data.get("edit_history_tweet_ids") or [post.id]), edit_id]
        data = post.data | {"id": edit_id, "edit_history_tweet_ids": history}
        data["text"] = f"{post.data.get('text', '')} (edited)"
        if "note_tweet" in data:
            data["note_tweet"] = data["note_tweet"] | {"text": f"{post.text()} (edited)"}
        return _changed(post, data)


def _changed(post: SimulatedPost, data: dict[str, object]) -> SimulatedPost:
    return SimulatedPost(
        data, post.author, post.place, post.referenced, post.users, post.media, post.polls
    )
