"""Posts of Mastodon and Bluesky as files hold them, and rows that Weir itself exported."""

import re
from typing import Any, cast

import msgspec
from msgspec import UNSET

from streams.post import Author, Device, Kind, Post
from workers.captures.segments.timestamps import iso, posted_ms
from workers.sources.bluesky.event import read_record
from workers.sources.mastodon.status import BadStatus, read_status
from workers.sources.x.payload import Delivery

_QUOTED = re.compile(r"'(?:[=+\-@\t\r\n＝＋－＠]|[0-9]{16,}\Z)")
"""What an export for spreadsheets put a quote before."""
_POSTS = "app.bsky.feed.post"


class Found(msgspec.Struct, frozen=True):
    """A post with its time (ms), or ids that were deleted, or the kind of an object without."""

    delivery: Delivery | None = None
    posted_at: int | None = None
    deleted: tuple[str, ...] = ()
    kind: str = "unknown"


def from_mastodon(status: dict[str, Any]) -> Found:
    """Read a status of Mastodon's API; a boost shows the text of its original."""
    found = read_status(msgspec.json.encode(status), received_at=0)
    if isinstance(found, BadStatus):
        return Found(kind=found.kind)
    posted_at = posted_ms(found.post.created_at)
    found.post.created_at = iso(posted_at) if posted_at is not None else None
    return Found(Delivery(found.post, (), more=found.more, names=found.names), posted_at)


def from_mastodon_event(event: dict[str, Any]) -> Found:
    """Read an event of Mastodon's streaming API; its payload is JSON in a string."""
    payload, kind = event.get("payload"), event.get("event")
    if kind == "delete":
        return Found(deleted=(str(payload),))
    if kind not in ("update", "status.update"):
        return Found(kind="no_post_event")
    value = msgspec.json.decode(payload) if isinstance(payload, str) else payload
    return from_mastodon(value) if isinstance(value, dict) else Found(kind="wrong_type")


def from_jetstream(event: dict[str, Any]) -> Found:
    """Read an event of Bluesky's Jetstream, of today or with the one-letter types of before."""
    commit = event.get("commit")
    if not isinstance(commit, dict) or commit.get("collection") != _POSTS:
        return Found(kind="no_post_event")
    operation = commit.get("operation") or commit.get("type")
    uri = f"at://{event['did']}/{_POSTS}/{commit.get('rkey')}"
    if operation in ("delete", "d"):
        return Found(deleted=(uri,))
    return _bluesky(uri, commit.get("record"), Author(str(event["did"])))


def from_jetstream_frame(frame: dict[str, Any]) -> Found:
    """Read a frame of version 2 of Jetstream, which holds the commit's fields beside the rest."""
    event = frame.get("payload")
    if frame.get("$type") != "message" or not isinstance(event, dict) or "did" not in event:
        return Found(kind="no_post_event")
    return from_jetstream({"did": event["did"], "commit": event})


def from_bluesky_view(view: dict[str, Any]) -> Found:
    """Read a post as Bluesky's search and feeds return it."""
    author = view.get("author")
    who = author if isinstance(author, dict) else {}
    handle, name = _text(who.get("handle")), _text(who.get("displayName"))
    did = _text(who.get("did"))
    known = Author(did, handle, name, _text(who.get("avatar"))) if did else None
    return _bluesky(str(view["uri"]), view.get("record") or view.get("value"), known)


def from_bluesky_feed(item: dict[str, Any]) -> Found:
    """Read an item of a Bluesky feed."""
    post = item.get("post")
    return from_bluesky_view(post) if isinstance(post, dict) and "uri" in post else Found()


def _bluesky(uri: str, record: Any, author: Author | None) -> Found:
    found = read_record(msgspec.json.encode(record), uri, author)
    if found is None:
        return Found(kind="wrong_type")
    post, more = found
    posted_at = posted_ms(post.created_at)
    post.created_at = iso(posted_at) if posted_at is not None else None
    return Found(Delivery(post, (), more=more), posted_at)


def from_export(row: dict[str, Any]) -> Found:
    """Read a row of one of Weir's own exports; empty fields of a table are missing ones."""
    row = unquoted(row)
    if not row.get("id") or not isinstance(row.get("text"), str):
        return Found(kind="wrong_type")
    lon, lat = _number(row.get("lon")), _number(row.get("lat"))
    author_id = _text(row.get("author_id"))
    names = [_text(row.get(f"author_{name}")) for name in ("handle", "name", "avatar")]
    original_id = _text(row.get("original_author_id"))
    posted_at = posted_ms(_text(row.get("created_at")))
    withheld = tuple((_text(row.get("withheld")) or "").split())
    found = _found(
        posted_at,
        id=str(row["id"]),
        text=row["text"],
        platform=str(row["platform"]),
        kind=cast(Kind, row["kind"]),
        source=cast(Device, row.get("source") or "other"),
        coords=(lon, lat) if lon is not None and lat is not None else None,
        lang=_text(row.get("lang")),
        place=_text(row.get("place")),
        author=Author(author_id, *names) if author_id else None,
        original=Author(original_id, _text(row.get("original_author_handle")))
        if original_id
        else None,
        url=_text(row.get("url")),
        withheld=withheld or UNSET,
    )
    received_at = posted_ms(_text(row.get("received_at")))
    return msgspec.structs.replace(found, posted_at=received_at or posted_at)


def unquoted(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of an export; of one for spreadsheets without its protective quotes."""
    if not str(row.get("id")).startswith("'"):
        return row
    return {
        name: value[1:] if isinstance(value, str) and _QUOTED.match(value) else value
        for name, value in row.items()
    }


def _found(posted_at: int | None, **fields: Any) -> Found:
    created_at = iso(posted_at) if posted_at is not None else None
    return Found(Delivery(Post(created_at=created_at, **fields), ()), posted_at)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
