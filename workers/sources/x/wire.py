"""The parts of a line of X's stream that are of use here; all others are passed over."""

import msgspec


class WireTagEntity(msgspec.Struct, gc=False):
    """A hashtag or cashtag, without its sign."""

    tag: str = ""


class WireMention(msgspec.Struct, gc=False):
    """A handle, without its sign."""

    username: str = ""


class WireLink(msgspec.Struct, gc=False):
    """Where a short link leads; `unwound_url` is the last address of a chain."""

    expanded_url: str | None = None
    unwound_url: str | None = None


class WireEntities(msgspec.Struct, gc=False):
    """What X recognised in a text."""

    hashtags: list[WireTagEntity] = []
    cashtags: list[WireTagEntity] = []
    mentions: list[WireMention] = []
    urls: list[WireLink] = []

    def names(self) -> list[str]:
        """Return hashtags, handles and cashtags in lower case, with their signs."""
        return [
            *(f"#{each.tag}".lower() for each in self.hashtags),
            *(f"@{each.username}".lower() for each in self.mentions),
            *(f"${each.tag}".lower() for each in self.cashtags),
        ]


class WireNote(msgspec.Struct, gc=False):
    """The text of a long post."""

    text: str = ""
    entities: WireEntities | None = None


class WirePoint(msgspec.Struct, gc=False):
    """Longitude and latitude."""

    coordinates: tuple[float, float] | None = None


class WireGeo(msgspec.Struct, gc=False):
    """Where a post says it is."""

    place_id: str | None = None
    coordinates: WirePoint | None = None


class WireReference(msgspec.Struct, gc=False):
    """Another post, and how this one relates to it."""

    type: str = ""
    id: str = ""


class WireWithheld(msgspec.Struct, gc=False):
    """Where X does not show a post."""

    country_codes: list[str] = []


class WirePost(msgspec.Struct, gc=False):
    """A post."""

    id: str = ""
    text: str = ""
    author_id: str | None = None
    created_at: str | None = None
    lang: str | None = None
    source: str | None = None
    geo: WireGeo | None = None
    withheld: WireWithheld | None = None
    paid_partnership: bool | None = None
    entities: WireEntities | None = None
    # The second of each pair is the name that OpenAPI 2.167 gives the field.
    note_tweet: WireNote | None = None
    note_post: WireNote | None = None
    referenced_tweets: list[WireReference] | None = None
    referenced_posts: list[WireReference] | None = None
    edit_history_tweet_ids: list[str] | None = None
    edit_history_post_ids: list[str] | None = None

    def earlier_versions(self) -> tuple[str, ...]:
        """Return the ids of the versions before this one: X gives each edit an id of its own."""
        history = self.edit_history_tweet_ids or self.edit_history_post_ids or ()
        if len(history) < 2:
            return ()
        before = history[: history.index(self.id)] if self.id in history else history
        return tuple(each for each in before if each.isascii() and each.isdigit())

    def full_text(self) -> str:
        """Return the text uncut, without the HTML entities that X writes for three characters."""
        note = self.note_tweet or self.note_post
        text = note.text if note and note.text else self.text
        if "&" in text:
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return text

    def links(self) -> tuple[str, ...]:
        """Return the full addresses of the links, each once."""
        links = [link for each in self._entities() for link in each.urls]
        return tuple(
            dict.fromkeys(filter(None, (link.unwound_url or link.expanded_url for link in links)))
        )

    def recognised(self) -> list[str] | None:
        """Return the names that X found, with their signs; None when it sent no entities."""
        sent = self._entities()
        return [name for each in sent for name in each.names()] if sent else None

    def _entities(self) -> list[WireEntities]:
        note = self.note_tweet or self.note_post
        return [each for each in (self.entities, note and note.entities) if each]


class WireUser(msgspec.Struct, gc=False):
    """An author."""

    id: str = ""
    username: str | None = None
    name: str | None = None
    profile_image_url: str | None = None


class WireShape(msgspec.Struct, gc=False):
    """West, south, east, north."""

    bbox: tuple[float, float, float, float] | None = None


class WirePlace(msgspec.Struct, gc=False):
    """A place that posts name."""

    id: str = ""
    full_name: str | None = None
    name: str | None = None
    country_code: str | None = None
    place_type: str | None = None
    geo: WireShape | None = None


class WireIncludes(msgspec.Struct, gc=False):
    """What the ids in a post stand for."""

    users: list[WireUser] = []
    places: list[WirePlace] = []
    tweets: list[WirePost] = []
    posts: list[WirePost] = []


class WireMatch(msgspec.Struct, gc=False):
    """A rule that a post matched."""

    id: str = ""
    tag: str | None = None


class WireError(msgspec.Struct, gc=False):
    """A problem, or why the stream ends."""

    title: str | None = None
    detail: str | None = None
    type: str | None = None
    disconnect_type: str | None = None


class WireLine(msgspec.Struct, gc=False):
    """One line."""

    data: WirePost | None = None
    includes: WireIncludes | None = None
    matching_rules: list[WireMatch] = []
    errors: list[WireError] = []
