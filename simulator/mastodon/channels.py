"""The channels of Mastodon's streaming API, and which statuses each of them carries."""

from typing import Any, NamedTuple

Object = dict[str, Any]
PLAIN = frozenset(
    f"public{scope}{media}" for scope in ("", ":local", ":remote") for media in ("", ":media")
)
TAGGED = frozenset(("hashtag", "hashtag:local"))


class Channel(NamedTuple):
    """A channel that a client may follow; `topic` is the hashtag of one, in lower case."""

    name: str
    topic: str = ""

    @property
    def id(self) -> str:
        """Name it in the ledger."""
        return f"{self.name}:{self.topic}" if self.topic else self.name

    @property
    def tag(self) -> str:
        """Name it in the ledger."""
        return self.id

    @property
    def stream(self) -> list[str]:
        """Name it as events over a websocket do."""
        return [self.name, self.topic] if self.topic else [self.name]

    def carries(self, status: Object) -> bool:
        """Return whether a status is sent to the followers of this channel."""
        if status["visibility"] != "public":
            return False
        local = "@" not in status["account"]["acct"]
        if self.name.startswith("hashtag"):
            tags = {tag["name"].lower() for tag in status["tags"]}
            return self.topic in tags and (local or self.name == "hashtag")
        if status["reblog"] is not None or is_reply_to_other(status):
            return False
        _, *more = self.name.split(":")
        if "media" in more and not status["media_attachments"]:
            return False
        return not (("local" in more and not local) or ("remote" in more and local))


def is_reply_to_other(status: Object) -> bool:
    """Return whether it answers somebody else: public channels and timelines leave such out."""
    to = status["in_reply_to_account_id"]
    return status["in_reply_to_id"] is not None and to != status["account"]["id"]


def channel_of(name: str, topic: str | None) -> Channel | None:
    """Return the channel of a name and, where it needs one, a hashtag; None if there is none."""
    if name in PLAIN:
        return Channel(name)
    if name in TAGGED and topic:
        return Channel(name, topic.lower())
    return None
