"""The parts of a line of X's stream that are of use here; all others are passed over."""

import msgspec


class Note(msgspec.Struct, gc=False):
    """The text of a long post."""

    text: str = ""


class Point(msgspec.Struct, gc=False):
    """Longitude and latitude."""

    coordinates: tuple[float, float] | None = None


class Geo(msgspec.Struct, gc=False):
    """Where a post says it is."""

    place_id: str | None = None
    coordinates: Point | None = None


class Reference(msgspec.Struct, gc=False):
    """Another post, and how this one relates to it."""

    type: str = ""
    id: str = ""


class Data(msgspec.Struct, gc=False):
    """A post."""

    id: str = ""
    text: str = ""
    author_id: str | None = None
    created_at: str | None = None
    lang: str | None = None
    source: str | None = None
    geo: Geo | None = None
    # The second of each pair is the name that OpenAPI 2.167 gives the field.
    note_tweet: Note | None = None
    note_post: Note | None = None
    referenced_tweets: list[Reference] | None = None
    referenced_posts: list[Reference] | None = None

    def full_text(self) -> str:
        """Return the text uncut, without the HTML entities that X writes for three characters."""
        note = self.note_tweet or self.note_post
        text = note.text if note and note.text else self.text
        if "&" in text:
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return text


class User(msgspec.Struct, gc=False):
    """An author."""

    id: str = ""
    username: str | None = None
    name: str | None = None
    profile_image_url: str | None = None


class Shape(msgspec.Struct, gc=False):
    """West, south, east, north."""

    bbox: tuple[float, float, float, float] | None = None


class Place(msgspec.Struct, gc=False):
    """A place that posts name."""

    id: str = ""
    full_name: str | None = None
    name: str | None = None
    country_code: str | None = None
    geo: Shape | None = None


class Includes(msgspec.Struct, gc=False):
    """What the ids in a post stand for."""

    users: list[User] = []
    places: list[Place] = []
    tweets: list[Data] = []
    posts: list[Data] = []


class Match(msgspec.Struct, gc=False):
    """A rule that a post matched."""

    id: str = ""
    tag: str | None = None


class Error(msgspec.Struct, gc=False):
    """A problem, or why the stream ends."""

    title: str | None = None
    detail: str | None = None
    type: str | None = None
    disconnect_type: str | None = None


class Line(msgspec.Struct, gc=False):
    """One line."""

    data: Data | None = None
    includes: Includes | None = None
    matching_rules: list[Match] = []
    errors: list[Error] = []


class BareData(msgspec.Struct):
    """What a post cannot do without."""

    id: str = ""
    text: str = ""


class BareLine(msgspec.Struct):
    """One line, read as far as it must be."""

    data: BareData
    matching_rules: list[Match] = []
