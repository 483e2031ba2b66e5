"""Posts as the existing dashboard client draws them: one JSON text per post."""

import msgspec

from streams.post import Label

DEVICES = {"android": "Android", "iphone": "Iphone", "web": "Web"}
"""Devices of posts without a place. The client's map knows devices in lower case only and draws no
marker for these; its pie ignores case and counts them."""
OTHER = "Other"


class _Post(msgspec.Struct):
    text: str = ""
    deleted: bool = False
    source: str = "other"
    coords: tuple[float, float] | None = None
    label: Label = "unknown"


class _Coords(msgspec.Struct):
    lon: float
    lat: float


class _LegacyPost(msgspec.Struct):
    coords: _Coords
    label: str
    source: str
    text: str


_decoder = msgspec.json.Decoder(list[_Post])


def legacy_events(posts: bytes) -> list[str]:
    """Turn a JSON array of posts into the texts of `json` events.

    Null coordinates blank the client's page, so a post without a place has zeros and a device that
    keeps it off the map.
    """
    return [
        msgspec.json.encode(_legacy_post(post)).decode()
        for post in _decoder.decode(posts)
        if not post.deleted
    ]


def _legacy_post(post: _Post) -> _LegacyPost:
    text = post.text.lower()
    if post.coords is None:
        device = DEVICES.get(post.source, OTHER)
        return _LegacyPost(_Coords(0, 0), post.label, device, text)
    return _LegacyPost(_Coords(*post.coords), post.label, post.source, text)
