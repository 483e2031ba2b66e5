"""A v1.1 status as the line that X's v2 stream would have sent for it."""

import re
from typing import Any

import msgspec

from workers.captures.segments.timestamps import iso, posted_ms
from workers.sources.x.tolerant import decode_tolerantly

_TAG = re.compile(r"<[^>]*>")
_UNNAMED = "v1-place"


class _Tag(msgspec.Struct):
    text: str | None = None


class _Mention(msgspec.Struct):
    screen_name: str | None = None


class _Link(msgspec.Struct):
    expanded_url: str | None = None


class _Entities(msgspec.Struct):
    hashtags: list[_Tag] = []
    symbols: list[_Tag] = []
    user_mentions: list[_Mention] = []
    urls: list[_Link] = []


class _Text(msgspec.Struct):
    full_text: str | None = None
    entities: _Entities | None = None


class _User(msgspec.Struct):
    id_str: str | None = None
    id: int | None = None
    screen_name: str | None = None
    name: str | None = None
    profile_image_url_https: str | None = None


class _Point(msgspec.Struct):
    coordinates: tuple[float, float] | None = None


class _Ring(msgspec.Struct):
    coordinates: list[list[tuple[float, float]]] = []


class _Place(msgspec.Struct):
    id: str | None = None
    full_name: str | None = None
    name: str | None = None
    country: str | None = None
    country_code: str | None = None
    place_type: str | None = None
    bounding_box: _Ring | None = None


class _Status(msgspec.Struct):
    id_str: str | None = None
    id: int | None = None
    text: str | None = None
    full_text: str | None = None
    extended_tweet: _Text | None = None
    created_at: str | None = None
    timestamp_ms: str | int | None = None
    lang: str | None = None
    source: str | None = None
    user: _User | None = None
    coordinates: _Point | None = None
    geo: _Point | None = None
    place: _Place | None = None
    retweeted_status: "_Status | None" = None
    entities: _Entities | None = None
    quoted_status: "_Status | None" = None
    quoted_status_id_str: str | None = None
    withheld_in_countries: list[str] | None = None
    withheld_scope: str | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_user_id_str: str | None = None

    def key(self) -> str:
        return self.id_str or (str(self.id) if self.id is not None else "")

    def best_text(self) -> str:
        extended = self.extended_tweet.full_text if self.extended_tweet else None
        return extended or self.full_text or self.text or ""

    def posted_at(self) -> int | None:
        try:
            return int(self.timestamp_ms or "")
        except ValueError:
            return posted_ms(self.created_at)


_status = msgspec.json.Decoder(_Status)


def as_payload(raw: bytes) -> tuple[bytes, int | None]:
    """Return the v2 line and when the post was posted (ms).

    A field of a wrong type costs what it holds. Raises msgspec.DecodeError when there is no text
    besides, UnicodeDecodeError for bad UTF-8.
    """
    try:
        status = _status.decode(raw)
    except msgspec.ValidationError:
        status = decode_tolerantly(raw, _Status)
        if not status.best_text():
            raise
    posted_at = status.posted_at()
    payload: dict[str, Any] = {"data": _data(status)}
    if includes := _includes(status):
        payload["includes"] = includes
    return msgspec.json.encode(payload), posted_at


def _data(status: _Status) -> dict[str, Any]:
    posted_at = status.posted_at()
    user = status.user
    return _present(
        id=status.key(),
        text=status.best_text(),
        created_at=iso(posted_at) if posted_at is not None else None,
        lang=status.lang,
        source=_TAG.sub("", status.source).strip() if status.source else None,
        author_id=_user_id(user) if user else None,
        geo=_geo(status),
        entities=_entities(status),
        referenced_tweets=_references(status) or None,
        in_reply_to_user_id=status.in_reply_to_user_id_str,
        withheld=_withheld(status),
    )


def _entities(status: _Status) -> dict[str, Any] | None:
    found = (status.extended_tweet.entities if status.extended_tweet else None) or status.entities
    if found is None:
        return None
    return {
        "hashtags": [{"tag": each.text} for each in found.hashtags if each.text],
        "cashtags": [{"tag": each.text} for each in found.symbols if each.text],
        "mentions": [{"username": e.screen_name} for e in found.user_mentions if e.screen_name],
        "urls": [{"expanded_url": each.expanded_url} for each in found.urls if each.expanded_url],
    }


def _withheld(status: _Status) -> dict[str, Any] | None:
    if not status.withheld_in_countries:
        return None
    return _present(country_codes=status.withheld_in_countries, scope=status.withheld_scope)


def _references(status: _Status) -> list[dict[str, str]]:
    ids = {
        "retweeted": status.retweeted_status.key() if status.retweeted_status else None,
        "quoted": status.quoted_status_id_str
        or (status.quoted_status.key() if status.quoted_status else None),
        "replied_to": status.in_reply_to_status_id_str,
    }
    return [{"type": kind, "id": key} for kind, key in ids.items() if key]


def _includes(status: _Status) -> dict[str, Any]:
    others = [each for each in (status.retweeted_status, status.quoted_status) if each]
    users = [_user(one.user) for one in (status, *others) if one.user]
    place = status.place
    return _present(
        users=users or None,
        tweets=[_data(each) for each in others] or None,
        places=[_place(place)] if place else None,
    )


def _user(user: _User) -> dict[str, Any]:
    return _present(
        id=_user_id(user),
        username=user.screen_name,
        name=user.name,
        profile_image_url=user.profile_image_url_https,
    )


def _user_id(user: _User) -> str | None:
    return user.id_str or (str(user.id) if user.id is not None else None)


def _geo(status: _Status) -> dict[str, Any] | None:
    """`coordinates` is longitude first, the older `geo` latitude first (X: v1.1 dictionary)."""
    point = status.coordinates.coordinates if status.coordinates else None
    if point is None and status.geo and status.geo.coordinates:
        point = status.geo.coordinates[::-1]
    return (
        _present(
            coordinates={"type": "Point", "coordinates": point} if point else None,
            place_id=(status.place.id or _UNNAMED) if status.place else None,
        )
        or None
    )


def _place(place: _Place) -> dict[str, Any]:
    box = _box(place.bounding_box)
    return _present(
        id=place.id or _UNNAMED,
        full_name=place.full_name,
        name=place.name,
        country=place.country,
        country_code=place.country_code,
        place_type=place.place_type,
        geo={"type": "Feature", "bbox": box, "properties": {}} if box else None,
    )


def _box(ring: _Ring | None) -> list[float] | None:
    """Turn a ring of corners into west, south, east, north; wider than half the globe wraps."""
    corners = [corner for part in ring.coordinates for corner in part] if ring else []
    if not corners:
        return None
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    west, east = min(lons), max(lons)
    if east - west > 180:
        west, east = min(lon for lon in lons if lon > 0), max(lon for lon in lons if lon < 0)
    return [west, min(lats), east, max(lats)]


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
