"""Tells the formats of captured records apart, and makes posts of them all."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from workers.captures.segments.timestamps import posted_ms
from workers.captures.segments.totals import created_at_of
from workers.replay import other_platforms, other_x, v1_status, v2
from workers.sources.x.payload import Delivery

Format = Literal[
    "v1",
    "v2",
    "v2_page",
    "v2_flattened",
    "x_archive",
    "gnip",
    "tcat",
    "twarc_csv",
    "mastodon",
    "bluesky",
    "weir_export",
]
CONTROL = (
    "limit delete scrub_geo status_withheld user_withheld disconnect warning errors event friends"
    " info"
).split()
"""Keys of lines in streams of X that are messages and not posts."""
QUIET = {*CONTROL, "keep_alive", "no_post_event"}
"""Kinds of records that are complete without a post: reading them loses nothing."""
_LISTS = ("statuses", "results", "tweets", "posts", "feed", "items")
"""Keys of responses that hold their posts in a list."""
_V1 = ("id_str", "user", "retweeted_status", "full_text")
_FLAT = (
    "edit_history_tweet_ids",
    "edit_history_post_ids",
    "author_id",
    "conversation_id",
    "author",
    "author_user",
)
_POST_ID = re.compile(rb'"?[0-9]{15,20}"?')
_SURROGATE = re.compile("[\ud800-\udfff]")

Keys = Mapping[str, msgspec.Raw]
Reader = Callable[[bytes, Keys], "list[Payload] | NoPost"]


class Payload(msgspec.Struct, frozen=True):
    """One post; `payload` is the line that X's stream would send, or the platform's own object.

    `posted_at` is in ms, None when the post does not say. `delivery` is the post where its
    platform is not X, or where the record is one that Weir exported.
    """

    payload: bytes
    posted_at: int | None
    format: Format
    delivery: Delivery | None = None


class NoPost(msgspec.Struct, frozen=True):
    """A record without a post; `kind` is what is counted, `deleted` ids that it takes back."""

    kind: str
    deleted: tuple[str, ...] = ()


def read(raw: bytes) -> list[Payload] | NoPost:
    """Read the posts of a raw record; never raises."""
    if raw.strip() == b"keep-alive":
        return NoPost("keep_alive")
    try:
        return _read(raw)
    except msgspec.ValidationError:
        return NoPost("wrong_type")
    except RecursionError:
        return NoPost("too_deep")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_tolerantly(raw)


def _read_tolerantly(raw: bytes) -> list[Payload] | NoPost:
    """Read JSON as Python and pandas write it, with NaN and halves of surrogate pairs."""
    try:
        return _read(msgspec.json.encode(loads(raw)))
    except msgspec.ValidationError:
        return NoPost("wrong_type")
    except RecursionError:
        return NoPost("too_deep")
    except ValueError:
        return NoPost(_kind_of_text(raw))


def loads(raw: bytes) -> Any:
    """Decode JSON tolerantly; raises ValueError or RecursionError.

    NaN and infinities become None; half a surrogate pair and bytes that are not UTF-8 become
    U+FFFD.
    """
    text = raw.decode("utf-8", "replace").strip("\ufeff, \t\r\n")
    return _clean(json.loads(text, parse_constant=lambda name: None))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_whole(key): _clean(each) for key, each in value.items()}
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None  # a number such as 1e999
    return value


def _whole(text: str) -> str:
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _kind_of_text(raw: bytes) -> str:
    start = raw.lstrip()[:15].lower()
    return "html" if start.startswith((b"<!doctype", b"<html", b"<?xml")) else "not_json"


def _read(raw: bytes) -> list[Payload] | NoPost:
    if not raw.isascii():
        raw.decode()  # a decoder that skips fields would not notice
    if raw.lstrip()[:1] == b"[":
        return _read_list(msgspec.json.decode(raw, type=list[msgspec.Raw]))
    if _POST_ID.fullmatch(raw.strip()):
        return NoPost("post_id")
    return _read_object(raw)


def _read_list(elements: list[msgspec.Raw]) -> list[Payload] | NoPost:
    """Some files hold an array a line, of responses or of posts."""
    found: list[Payload] = []
    deleted: list[str] = []
    for element in elements:
        inner = _read_object(bytes(element))
        if isinstance(inner, NoPost):
            deleted += inner.deleted
        else:
            found += inner
    return found or NoPost("unknown", tuple(deleted))


def _read_object(raw: bytes) -> list[Payload] | NoPost:
    keys = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    for belongs, reader in _READERS:
        if belongs(keys):
            return reader(raw, keys)
    for name in _LISTS:
        if name in keys and bytes(keys[name])[:1] == b"[":
            return _read_list(msgspec.json.decode(bytes(keys[name]), type=list[msgspec.Raw]))
    if "delete" in keys:
        return NoPost("delete", _deleted_by(raw))
    return NoPost(next((kind for kind in CONTROL if kind in keys), "unknown"))


def _has(*names: str) -> Callable[[Keys], bool]:
    return lambda keys: keys.keys() >= set(names)


def _has_any(*names: str) -> Callable[[Keys], bool]:
    return lambda keys: any(name in keys for name in names)


def _read_v2(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    data = bytes(keys["data"])
    if data[:1] == b"[":
        pages = list(v2.payloads(msgspec.json.decode(raw)))
        return [Payload(one, _posted_at(one), "v2_page") for one in pages] or NoPost("empty_page")
    if data[:1] != b"{":
        return NoPost("unknown")
    inner = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    if "delete" in inner and "text" not in inner:
        return NoPost("delete", _deleted_by(data))
    return [Payload(raw, _posted_at(raw), "v2")]


def _read_archived(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    """X's account archive wraps each post."""
    inner = bytes(keys["tweet"])
    if inner[:1] != b"{":
        return NoPost("unknown")
    return [_v1(inner, "x_archive")]


def _read_v1(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    return [_v1(raw, "v1")]


def _v1(raw: bytes, format: Format) -> Payload:
    payload, posted_at = v1_status.as_payload(raw)
    return Payload(payload, posted_at, format)


def _read_flat(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    payload = v2.unfolded(msgspec.json.decode(raw))
    return [Payload(payload, _posted_at(payload), "v2_flattened")]


def _read_twarc_csv(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    payload = v2.unfolded(other_x.from_twarc_csv(msgspec.json.decode(raw)))
    return [Payload(payload, _posted_at(payload), "twarc_csv")]


def _read_gnip(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    status = other_x.from_gnip(msgspec.json.decode(raw))
    return [_v1(msgspec.json.encode(status), "gnip")] if status else NoPost("no_post_event")


def _read_tcat(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
    return [_v1(msgspec.json.encode(other_x.from_tcat(msgspec.json.decode(raw))), "tcat")]


def _read_elsewhere(
    decode: Callable[[dict[str, Any]], "other_platforms.Found"], format: Format
) -> Reader:
    def reader(raw: bytes, keys: Keys) -> list[Payload] | NoPost:
        found = decode(msgspec.json.decode(raw))
        if found.delivery is None:
            return NoPost("delete" if found.deleted else found.kind, found.deleted)
        return [Payload(raw, found.posted_at, format, found.delivery)]

    return reader


_READERS: tuple[tuple[Callable[[Keys], bool], Reader], ...] = (
    (_has("data"), _read_v2),
    (_has("tweet"), _read_archived),
    (_has("content", "account"), _read_elsewhere(other_platforms.from_mastodon, "mastodon")),
    (_has("event", "payload"), _read_elsewhere(other_platforms.from_mastodon_event, "mastodon")),
    (_has("verb", "actor"), _read_gnip),
    (_has("did", "time_us"), _read_elsewhere(other_platforms.from_jetstream, "bluesky")),
    (_has("$type", "payload"), _read_elsewhere(other_platforms.from_jetstream_frame, "bluesky")),
    (_has("uri", "record"), _read_elsewhere(other_platforms.from_bluesky_view, "bluesky")),
    (_has("post"), _read_elsewhere(other_platforms.from_bluesky_feed, "bluesky")),
    (
        _has("platform", "received_at", "kind", "text"),
        _read_elsewhere(other_platforms.from_export, "weir_export"),
    ),
    (_has("id", "from_user_name"), _read_tcat),
    (lambda keys: "id" in keys and any("." in key for key in keys), _read_twarc_csv),
    (_has_any(*_V1), _read_v1),
    (
        lambda keys: any(key in keys for key in _FLAT) or keys.keys() >= {"id", "text"},
        _read_flat,
    ),
)
"""Which keys tell a format, and how its records are read; the first that fits counts."""


def _deleted_by(raw: bytes) -> tuple[str, ...]:
    """Name the posts that a deletion notice of X's streams takes back."""
    notice = msgspec.json.decode(raw)["delete"]
    inner = notice if isinstance(notice, dict) else {}
    posts = (inner.get(key) for key in ("status", "tweet", "post"))
    ids = (each.get("id_str") or each.get("id") for each in posts if isinstance(each, dict))
    return tuple(str(each) for each in ids if each)


def _posted_at(payload: bytes) -> int | None:
    return posted_ms(created_at_of(payload))
