"""Posts in the form that the old dashboard client draws: one JSON text a post."""

import msgspec

from streams.post import Label

ELSEWHERE = "none"
"""A device that the old client does not list: it draws no marker for it."""


class _Post(msgspec.Struct):
    text: str = ""
    deleted: bool = False
    source: str = "other"
    coords: tuple[float, float] | None = None
    label: Label = "unknown"


class _Coords(msgspec.Struct):
    lon: float
    lat: float


class _OldPost(msgspec.Struct):
    coords: _Coords
    label: str
    source: str
    text: str


_decoder = msgspec.json.Decoder(list[_Post])


def legacy_events(posts: bytes) -> list[str]:
    """Turn a JSON array of posts into the texts of `json` events.

    Null coordinates blank the old client's page, so a post without a place has zeros and a device
    that keeps it off the map.
    """
    return [
        msgspec.json.encode(_old(post)).decode()
        for post in _decoder.decode(posts)
        if not post.deleted
    ]


def _old(post: _Post) -> _OldPost:
    text = post.text.lower()
    if post.coords is None:
        return _OldPost(_Coords(0, 0), post.label, ELSEWHERE, text)
    return _OldPost(_Coords(*post.coords), post.label, post.source, text)
