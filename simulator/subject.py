"""What rules may look at in one post."""

from functools import cached_property
from typing import Any

from simulator import places
from simulator.posts import SimulatedPost
from streams.tokens import BREAK, line_of, tagged, tokens

_KINDS = {"#": ("hashtags", "tag"), "@": ("mentions", "username"), "$": ("cashtags", "tag")}
"""Kind and key of the entities that X recognises by their signs."""


class Subject:
    """One post as rules see it; each part is worked out when first asked for."""

    def __init__(self, post: SimulatedPost, search: bool = False) -> None:
        self.post = post
        self.data = post.data
        self._search = search
        original = post.reference("retweeted")
        quoted = None if search else post.reference("quoted")
        self.tokens: list[str] = []
        for shown in filter(None, (original or post, quoted)):
            for text in (shown.text(), *_links(shown.data)):
                self.tokens += [*tokens(text, search), BREAK]
        found = self.tokens
        self.words = frozenset(found)

    @cached_property
    def line(self) -> str:
        """All tokens with blanks around each, to look phrases up in."""
        return line_of(self.tokens)

    @cached_property
    def entities(self) -> list[dict[str, Any]]:
        """The entities of the post, of the original of a retweet and of a quoted post."""
        posts = [self.post, self.post.reference("retweeted")]
        if not self._search:
            posts.append(self.post.reference("quoted"))
        found = []
        for post in filter(None, posts):
            found.append(post.data.get("entities") or _recognised(post.text()))
            found.append((post.data.get("note_tweet") or {}).get("entities") or {})
        return found

    def entity(self, kind: str, key: str) -> set[str]:
        """Return one key of all entities of a kind, in lower case."""
        return {
            str(item.get(key, "")).lower()
            for group in self.entities
            for item in group.get(kind, ())
        }

    @cached_property
    def author(self) -> dict[str, Any]:
        """The author's user object, empty when unknown."""
        return self.post.author.data if self.post.author else {}

    def user(self, user_id: str | None) -> set[str]:
        """Return the names by which a rule may call a user: id and handle."""
        if not user_id:
            return set()
        known = [self.post.author, *self.post.users]
        known += [original.author for original in self.post.referenced]
        names = {user_id}
        names |= {
            str(user.data.get("username", "")).lower()
            for user in known
            if user and user.data["id"] == user_id
        }
        return names

    @cached_property
    def point(self) -> tuple[float, float] | None:
        """The exact longitude and latitude, when the post has one."""
        exact = ((self.data.get("geo") or {}).get("coordinates") or {}).get("coordinates")
        return (float(exact[0]), float(exact[1])) if exact else None

    @cached_property
    def box(self) -> places.MapBox | None:
        """The box of the post's place, when it has one."""
        bbox = (self.post.place.data.get("geo") or {}).get("bbox") if self.post.place else None
        return places.MapBox(*bbox) if bbox else None

    def lies_in(self, area: places.MapBox | places.Circle) -> bool:
        """Return whether the exact point or else the whole place is in an area; never a retweet."""
        if self.post.refers("retweeted"):
            return False
        if self.point:
            return area.holds(*self.point)
        return self.box is not None and area.encloses(self.box)


def _links(data: dict[str, Any]) -> list[str]:
    """Return the full addresses of a post's links: keywords match them, too."""
    groups = [data.get("entities") or {}, (data.get("note_tweet") or {}).get("entities") or {}]
    return [
        str(link.get("unwound_url") or link.get("expanded_url") or "")
        for group in groups
        for link in group.get("urls", ())
    ]


def _recognised(text: str) -> dict[str, list[dict[str, str]]]:
    """Return the entities of a post that was made without any, as X finds them in its text."""
    return {
        kind: [{key: name} for name in tagged(sign, text)] for sign, (kind, key) in _KINDS.items()
    }
