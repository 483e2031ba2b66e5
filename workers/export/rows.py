"""The rows of an export: a post flattened, with what its source gave and its label."""

from typing import Any

import msgspec

from streams.post import Post
from workers.captures.segments.timestamps import iso
from workers.replay.other_platforms import unquoted
from workers.replay.reader import Replayed
from workers.sources.x.tolerant import decode_tolerantly


class ExportRow(msgspec.Struct):
    """The fields of a post, flat. Times are ISO 8601; `label` and what follows are the model's."""

    id: str
    created_at: str | None
    received_at: str | None
    platform: str
    kind: str
    lang: str | None
    text: str
    source: str
    lon: float | None
    lat: float | None
    place: str | None
    author_id: str | None
    author_handle: str | None
    author_name: str | None
    author_avatar: str | None
    url: str | None
    withheld: str | None
    original_author_id: str | None
    original_author_handle: str | None
    repost_of: str | None
    quote_of: str | None
    reply_to: str | None
    reply_to_author_id: str | None
    conversation_id: str | None
    backfilled: str | None
    edit_of: str | None
    deleted_at: str | None
    label: str | None = None
    path: str | None = None
    confidence: float | None = None
    model: str | None = None


TIMES = ("created_at", "received_at", "deleted_at")
NUMBERS = ("lon", "lat", "confidence")
MEANING = {
    "id": "The id that the platform gave the post",
    "created_at": "When the post was posted, in UTC; empty when the source does not say",
    "received_at": "When it was received, or posted where that is not recorded, in UTC",
    "platform": "x, mastodon or bluesky",
    "kind": "post, retweet, reply or quote",
    "lang": "The code of the language that the platform gave",
    "text": "The whole text; of a repost, that of its original",
    "source": "The class of the device: android, iphone, web or other",
    "lon": "Longitude in degrees; of a place, near its middle",
    "lat": "Latitude in degrees; of a place, near its middle",
    "place": "The name of the place that the post gives",
    "author_id": "The id of the author's account",
    "author_handle": "The author's handle",
    "author_name": "The name that the author shows",
    "author_avatar": "The address of the author's picture",
    "url": "The address of the post",
    "withheld": "Codes of the countries in which the platform withholds the post, by blanks",
    "original_author_id": "The account that wrote what a repost repeats",
    "original_author_handle": "Its handle",
    "repost_of": "The id of the post that a repost repeats",
    "quote_of": "The id of the post that a quote quotes",
    "reply_to": "The id of the post that a reply answers",
    "reply_to_author_id": "The account that a reply answers",
    "conversation_id": "The id of the first post of the conversation",
    "backfilled": "yes where the post was fetched after a gap; empty where it came live",
    "edit_of": "Of a later version of a post, the id of an earlier one in the same capture",
    "deleted_at": "When Weir heard that the post was deleted, where the capture marks such posts",
    "label": "The label that the model gave, unknown where it does not read the language; empty "
    "for a post that the chosen set of labels lacks",
    "path": "The answers of the model that lead to the label",
    "confidence": "Probability of the label from 0 to 1; 0 where the label is unknown",
    "model": "The version of the model that labelled the post",
}
"""What the columns mean, for the description beside a table."""


class _Reference(msgspec.Struct):
    type: str = ""
    id: str = ""


class _More(msgspec.Struct):
    """Fields of X's posts that only exports show."""

    referenced_tweets: list[_Reference] | None = None
    in_reply_to_user_id: str | None = None
    conversation_id: str | None = None


class _XLine(msgspec.Struct):
    data: _More | None = None


class _MastodonStatus(msgspec.Struct):
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None


_REFERENCES = {"repost_of": "retweeted", "quote_of": "quoted", "reply_to": "replied_to"}
_AS_EXPORTED = (*_REFERENCES, "reply_to_author_id", "conversation_id", "backfilled")
_x_line = msgspec.json.Decoder(_XLine)


def row_of(replayed: Replayed) -> ExportRow:
    """Flatten a post, without its label."""
    post = replayed.post
    lon, lat = post.coords or (None, None)
    author, original = post.author, post.original
    return ExportRow(
        id=post.id,
        created_at=post.created_at,
        received_at=iso(replayed.received_at) if replayed.received_at else None,
        platform=post.platform,
        kind=post.kind,
        lang=post.lang,
        text=post.text,
        source=post.source,
        lon=lon,
        lat=lat,
        place=post.place,
        author_id=author.id if author else None,
        author_handle=author.handle if author else None,
        author_name=author.name if author else None,
        author_avatar=author.avatar if author else None,
        url=post.url,
        withheld=" ".join(post.withheld) if post.withheld else None,
        original_author_id=original.id if original else None,
        original_author_handle=original.handle if original else None,
        edit_of=replayed.edit_of,
        deleted_at=iso(replayed.deleted_at) if replayed.deleted_at is not None else None,
        **dict.fromkeys(_AS_EXPORTED) | _relations(replayed) | _origin(post),
    )


def _origin(post: Post) -> dict[str, str | None]:
    return {"backfilled": "yes"} if post.backfilled is True else {}


def _relations(replayed: Replayed) -> dict[str, str | None]:
    """Return which posts and accounts a post refers to, by column."""
    if replayed.format == "weir_export":
        row = unquoted(msgspec.json.decode(replayed.payload))
        return {name: str(row[name]) for name in _AS_EXPORTED if row.get(name)}
    if replayed.format == "mastodon":
        status = _mastodon_status(replayed.payload)
        account = status.in_reply_to_account_id
        return {"reply_to": status.in_reply_to_id, "reply_to_author_id": account}
    if replayed.format == "bluesky":
        return _bluesky_relations(msgspec.json.decode(replayed.payload))
    try:
        more = _x_line.decode(replayed.payload).data
    except msgspec.ValidationError:
        more = decode_tolerantly(replayed.payload, _XLine).data
    more = more or _More()
    ids = {each.type: each.id for each in more.referenced_tweets or ()}
    return {name: ids.get(kind) for name, kind in _REFERENCES.items()} | {
        "reply_to_author_id": more.in_reply_to_user_id,
        "conversation_id": more.conversation_id,
    }


def _mastodon_status(payload: bytes) -> _MastodonStatus:
    """Read a status, or the event of the streaming API that holds it as JSON in a string."""
    event = msgspec.json.decode(payload)
    inner = event.get("payload") if "event" in event else None
    return decode_tolerantly(inner.encode() if isinstance(inner, str) else payload, _MastodonStatus)


def _bluesky_relations(event: Any) -> dict[str, str | None]:
    """Read the reply of a record; an address at://did/… names its author."""
    record = event.get("post") or event.get("payload") or event
    record = (record.get("commit") or record).get("record") or record.get("value")
    reply = record.get("reply") if isinstance(record, dict) else None
    found: dict[str, str | None] = {}
    for name, column in (("parent", "reply_to"), ("root", "conversation_id")):
        link = reply.get(name) if isinstance(reply, dict) else None
        uri = link.get("uri") if isinstance(link, dict) else None
        if isinstance(uri, str) and uri.startswith("at://"):
            found[column] = uri
            if name == "parent":
                found["reply_to_author_id"] = uri.removeprefix("at://").partition("/")[0]
    return found
