"""One line of X's stream, decoded: a post, a message about the stream, or something unreadable."""

import json
import re
from collections.abc import Iterable, Sequence
from zlib import crc32

import msgspec
from msgspec import UNSET, UnsetType

from streams.box import Box
from streams.post import Author, Kind, Post, device_of
from streams.tokens import SIGNS, tagged
from workers.sources.x.tolerant import decode_tolerantly
from workers.sources.x.wire import (
    WireGeo,
    WireIncludes,
    WireLine,
    WireMatch,
    WirePlace,
    WirePost,
    WireUser,
)

SPREAD = 0.02
"""Degrees by which a post is moved, at most, from the middle of its place: markers stay apart."""
LARGEST_MARKED = 5.0
"""Degrees; a place that is wider and higher gets no marker, and neither does any country."""
LARGER = 3.0
"""A place that is so many times as wide or high as a box does not lie inside it."""
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("retweeted", "retweet"),
    ("quoted", "quote"),
    ("replied_to", "reply"),
)
_LANGUAGES: dict[str, str | None] = {"in": "id", "iw": "he", "und": None, "zxx": None, "art": None}
_LONGEST_LANGUAGE = 10


class Delivery(msgspec.Struct, gc=False):
    """A post and the rules that it matched, each as (id, tag); the tag may be empty.

    `area` is where the post says it is: a box without extent when it gave an exact point.
    `country` is that of the place it names. Filters search `more` besides the text, and find
    hashtags, handles and cashtags in `entities` unless the platform sent none. `names` are other
    handles of the author.
    """

    post: Post
    rules: tuple[tuple[str, str], ...]
    area: Box | None = None
    country: str | None = None
    more: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    entities: frozenset[str] | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the rules, each once, none empty."""
        return tuple(dict.fromkeys(tag for _, tag in self.rules if tag))

    def inside(self, box: Box) -> bool:
        """Return whether the point, or the middle of a place not much larger, lies in a box."""
        area = self.area
        return (
            area is not None
            and box.contains(*area.centre)
            and area.span <= LARGER * box.span
            and area.north - area.south <= LARGER * (box.north - box.south)
        )

    def lies(self, inside: Iterable[Iterable[Box]]) -> bool:
        """Return whether it is inside one box of each group."""
        return all(any(map(self.inside, group)) for group in inside)


class StreamError(msgspec.Struct, frozen=True):
    """X says that it ends, or has to end, this connection."""

    message: str
    disconnect_type: str | None = None
    kind: str = "stream_error"


class NoPostLine(msgspec.Struct, frozen=True):
    """A message that is no post and no order: to be counted."""

    kind: str = "other"


class MalformedLine(msgspec.Struct, frozen=True):
    """A line that cannot be read; `kind` is one of not_json, bad_utf8, no_data, no_id, no_text,
    wrong_type."""

    kind: str


_RULE = re.compile(rb'"(?:id|tag)"\s*:\s*"?([0-9a-f]{16,20})\b')
_NOTHING = WireIncludes()
_decode = msgspec.json.Decoder(WireLine).decode


def read_line(
    raw: bytes, received_at: int, *, is_matched: bool = False
) -> Delivery | StreamError | NoPostLine | MalformedLine:
    """Decode a line that came at `received_at` (ms since the epoch); never raises.

    With `is_matched`, what only filters look at is left out: X found the post by its rules.
    Unknown keys are ignored. A known one of an unexpected type costs what it holds, not the post.
    """
    try:
        line = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _tolerant(raw)
        if isinstance(found, MalformedLine):
            return found
        line = found
    if line.data is None:
        return _message(line, raw)
    includes = line.includes or _NOTHING
    return _deliver(line.data, includes, line.matching_rules, received_at, is_matched)


def rules_named_in(raw: bytes) -> list[tuple[str, str]]:
    """Find what may be rule ids and tags in a line that cannot be decoded, each as (id, tag)."""
    found = [match.decode() for match in _RULE.findall(raw)]
    return [(each, each) for each in dict.fromkeys(found)]


def _deliver(
    data: WirePost,
    includes: WireIncludes,
    rules: Sequence[WireMatch],
    received_at: int,
    is_matched: bool,
) -> Delivery | MalformedLine:
    if not (data.id.isascii() and data.id.isdigit()):
        return MalformedLine("no_id")
    kind, original, quoted = _references(data, includes)
    shown = original or data
    text = shown.full_text()
    if not text:
        return MalformedLine("no_text")
    exact, place = _whereabouts(data.geo, includes.places)
    area = Box(*exact, *exact) if exact else _box_of(place)
    post = Post(
        id=data.id,
        text=text,
        source=device_of(data.source) if data.source else "other",
        coords=exact or (_scattered(area, data.id) if area and _is_local(area, place) else None),
        kind=kind,
        created_at=data.created_at,
        received_at=received_at,
        lang=_language(data.lang),
        author=_author(data.author_id, includes.users),
        original=_author(original.author_id, includes.users) if original else None,
        place=(place.full_name or place.name) if place else None,
        url=f"https://x.com/i/status/{data.id}",
        withheld=_withheld(data, original),
        paid_partnership=True if data.paid_partnership else UNSET,
    )
    if earlier := data.earlier_versions():
        post.edited, post.replaces = True, earlier
    matched = tuple([(rule.id, rule.tag or "") for rule in rules])
    delivery = Delivery(post, matched, area, place.country_code if place else None)
    if not is_matched and (quoted or shown.entities or shown.note_tweet or shown.note_post):
        delivery.more = shown.links()
        if quoted:
            delivery.more += (quoted.full_text(), *quoted.links())
        delivery.entities = _entities(data, original, quoted)
    return delivery


def _references(
    data: WirePost, includes: WireIncludes
) -> tuple[Kind, WirePost | None, WirePost | None]:
    """Return what kind of post it is, which post it repeats, and which it quotes."""
    references = data.referenced_tweets or data.referenced_posts
    if not references:
        return "post", None, None
    ids = {reference.type: reference.id for reference in references}
    kind: Kind = next((kind for name, kind in _KINDS if name in ids), "post")
    by_id = {post.id: post for post in includes.tweets or includes.posts}
    original = by_id.get(ids["retweeted"]) if kind == "retweet" else None
    return kind, original, by_id.get(ids.get("quoted", ""))


def _entities(*posts: WirePost | None) -> frozenset[str] | None:
    """Return what X recognised in a post, the one it repeats and the one it quotes."""
    recognised = [(post, post.recognised()) for post in posts if post is not None]
    if all(entities is None for _, entities in recognised):
        return None
    found: set[str] = set()
    for post, entities in recognised:
        if entities is None:
            text = post.full_text()
            entities = [sign + name for sign in SIGNS for name in tagged(sign, text)]
        found.update(entities)
    return frozenset(found)


def _withheld(data: WirePost, original: WirePost | None) -> tuple[str, ...] | UnsetType:
    """Return the countries in which X does not show a post, or the one that it repeats."""
    if not data.withheld and not (original and original.withheld):
        return UNSET
    notes = [post.withheld for post in (data, original) if post and post.withheld]
    codes = tuple(dict.fromkeys(code for note in notes for code in note.country_codes))
    return codes or UNSET


def _whereabouts(
    geo: WireGeo | None, places: Sequence[WirePlace]
) -> tuple[tuple[float, float] | None, WirePlace | None]:
    """Return the exact longitude and latitude, and the place, as far as they are given."""
    if geo is None:
        return None, None
    exact = geo.coordinates.coordinates if geo.coordinates else None
    if exact and not (abs(exact[0]) <= 180 and abs(exact[1]) <= 90):
        exact = None
    return exact, next((place for place in places if place.id == geo.place_id), None)


def _box_of(place: WirePlace | None) -> Box | None:
    if place is None or place.geo is None or place.geo.bbox is None:
        return None
    west, south, east, north = place.geo.bbox
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
        return None
    return Box(west, south, east, north)


def _is_local(area: Box, place: WirePlace | None) -> bool:
    """Return whether the middle of a place says where a post is; that of a country does not."""
    is_country = place is not None and place.place_type == "country"
    return not is_country and min(area.span, area.north - area.south) <= LARGEST_MARKED


def _scattered(area: Box, post_id: str) -> tuple[float, float]:
    """Move the middle of a place a little, the same way each time for the same post."""
    lon, lat = area.centre
    mixed = crc32(post_id.encode())
    lon += SPREAD * ((mixed & 0xFFFF) / 0x8000 - 1)
    lat += SPREAD * ((mixed >> 16) / 0x8000 - 1)
    if not -180 <= lon <= 180:
        lon -= 360 if lon > 0 else -360
    return round(lon, 5), round(max(-90.0, min(90.0, lat)), 5)


def _language(code: str | None) -> str | None:
    """Return today's code of a language; None when X did not find one."""
    if not code or len(code) > _LONGEST_LANGUAGE:
        return None
    if len(code) == 3 and code[0] == "q":
        return None  # qme, qht and the like stand for posts without words
    return _LANGUAGES.get(code, code)


def _author(author_id: str | None, users: Sequence[WireUser]) -> Author | None:
    if author_id is None:
        return None
    for user in users:
        if user.id == author_id:
            return Author(author_id, user.username, user.name, user.profile_image_url)
    return Author(author_id)


def _message(line: WireLine, raw: bytes) -> StreamError | NoPostLine | MalformedLine:
    for error in line.errors:
        kind = (error.type or "").rpartition("/")[2]
        if error.disconnect_type or kind in ("operational-disconnect", "streaming-connection"):
            return StreamError(
                error.detail or error.title or "X gave no reason", error.disconnect_type
            )
    if line.errors:
        return NoPostLine("error")
    keys = json.loads(raw).keys()
    return MalformedLine("no_data") if keys <= set(WireLine.__struct_fields__) else NoPostLine()


def _tolerant(raw: bytes) -> WireLine | MalformedLine:
    try:
        line = decode_tolerantly(raw, WireLine)
    except UnicodeDecodeError:
        return MalformedLine("bad_utf8")
    except json.JSONDecodeError:
        return MalformedLine("not_json")
    except (ValueError, RecursionError):
        return MalformedLine("wrong_type")
    if line.data is None and b'"data"' in raw:
        return MalformedLine("wrong_type")
    return line
