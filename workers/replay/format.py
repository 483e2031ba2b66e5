"""Telling the formats of captured lines apart, and making stream lines of them all."""

from typing import Any, Literal

import msgspec

from workers.captures.segments.timestamps import posted_ms
from workers.captures.segments.totals import created_at_of
from workers.replay import v1_status, v2_flattened, v2_response

Format = Literal["v1", "v2", "v2_page", "v2_flattened"]
CONTROL = (
    "limit delete scrub_geo status_withheld user_withheld disconnect warning errors event friends"
).split()
"""Keys of the lines of v1.1 streams, and of v2's, that tell something else than a post."""
_V1 = ("id_str", "user", "retweeted_status")
_FLAT = ("edit_history_tweet_ids", "author_id", "conversation_id", "author", "author_user")


class Payload(msgspec.Struct, frozen=True):
    """One post as X's v2 stream would send it; `posted_at` in ms, None when it does not say."""

    payload: bytes
    posted_at: int | None
    format: Format


class NoPost(msgspec.Struct, frozen=True):
    """A line that holds no post; `kind` is what is counted."""

    kind: str


def read(raw: bytes) -> list[Payload] | NoPost:
    """Make stream lines of a raw line; never raises."""
    if raw.strip() == b"keep-alive":
        return NoPost("keep_alive")
    try:
        if raw.lstrip()[:1] == b"[":
            return _read_list(raw)
        return _read_object(raw)
    except UnicodeDecodeError:
        return NoPost("bad_utf8")
    except msgspec.ValidationError:
        return NoPost("wrong_type")
    except msgspec.DecodeError:
        return NoPost("not_json")
    except RecursionError:
        return NoPost("too_deep")


def _read_list(raw: bytes) -> list[Payload] | NoPost:
    """Some files hold an array a line, of responses or of posts."""
    found: list[Payload] = []
    for element in msgspec.json.decode(raw, type=list[msgspec.Raw]):
        inner = _read_object(bytes(element))
        if not isinstance(inner, NoPost):
            found += inner
    return found or NoPost("unknown")


def _read_object(raw: bytes) -> list[Payload] | NoPost:
    keys = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    if "data" in keys:
        return _read_v2(raw, bytes(keys["data"]))
    if any(key in keys for key in _V1):
        payload, posted_at = v1_status.as_payload(raw)
        return [Payload(payload, posted_at, "v1")]
    if any(key in keys for key in _FLAT) or keys.keys() >= {"id", "text"}:
        post: dict[str, Any] = msgspec.json.decode(raw)
        payload = v2_flattened.as_payload(post)
        return [Payload(payload, _posted_at(payload), "v2_flattened")]
    return NoPost(next((kind for kind in CONTROL if kind in keys), "unknown"))


def _read_v2(raw: bytes, data: bytes) -> list[Payload] | NoPost:
    if data[:1] == b"[":
        pages = v2_response.payloads(msgspec.json.decode(raw))
        return [Payload(one, _posted_at(one), "v2_page") for one in pages]
    if data[:1] == b"{":
        return [Payload(raw, _posted_at(raw), "v2")]
    return NoPost("unknown")


def _posted_at(payload: bytes) -> int | None:
    return posted_ms(created_at_of(payload))
