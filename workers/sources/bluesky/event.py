"""One event of Jetstream, decoded: a post, a deleted one, a new handle, or nothing to show."""

import json
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from streams.post import Author, Kind, Post
from workers.sources.x.tolerant import decode_tolerantly

POSTS = "app.bsky.feed.post"
"""The collection of posts; likes, follows and the like are others."""
_LONGEST_LANGUAGE = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WireFeature(msgspec.Struct, gc=False):
    """What a stretch of text is: a link (`uri`), a hashtag (`tag`) or a mention (`did`)."""

    uri: str | None = None
    tag: str | None = None


class WireFacet(msgspec.Struct, gc=False):
    """A stretch of text with its features."""

    features: list[WireFeature] = []


class WireEmbed(msgspec.Struct, gc=False):
    """What a post carries: a card (`external`), another post (`record`), or media."""

    record: msgspec.Raw | None = None
    external: WireFeature | None = None


class WireRecord(msgspec.Struct, gc=False):
    """The post itself; all fields that are not named here are ignored."""

    text: str | None = None
    createdAt: str | None = None  # noqa: N815  # the platform's spelling
    langs: list[str] = []
    facets: list[WireFacet] = []
    tags: list[str] = []
    embed: WireEmbed | None = None
    reply: msgspec.Raw | None = None


class WireCommit(msgspec.Struct, gc=False):
    """A change of one record: create, update or delete."""

    operation: str = ""
    collection: str = ""
    rkey: str = ""
    rev: str = ""
    record: WireRecord | None = None


class WireIdentity(msgspec.Struct, gc=False):
    """A new handle of an account."""

    handle: str | None = None


class WireAccountState(msgspec.Struct, gc=False):
    """Whether an account is active; `status` says why not."""

    active: bool = True
    status: str | None = None


class WireEvent(msgspec.Struct, gc=False):
    """An event; `time_us` is when Jetstream saw it (microseconds since the epoch)."""

    did: str = ""
    time_us: int = 0
    kind: str = ""
    commit: WireCommit | None = None
    identity: WireIdentity | None = None
    account: WireAccountState | None = None


class WireFrame(WireCommit, gc=False):
    """The payload of a frame of version 2: an event, with its commit's fields beside the rest."""

    type: str = msgspec.field(name="$type", default="")
    did: str = ""
    time: str = ""
    witnessedAt: str = ""  # noqa: N815  # the platform's spelling
    identity: WireIdentity | None = None
    account: WireAccountState | None = None

    def event(self) -> WireEvent:
        """Return the event as version 1 sends it; times of a wrong form are 0."""
        kind = self.type.rpartition("#")[2]
        commit = self if kind == "commit" else None
        time_us = _microseconds(self.witnessedAt or self.time)
        return WireEvent(self.did, time_us, kind, commit, self.identity, self.account)


class WireEnvelope(msgspec.Struct, gc=False):
    """A frame of version 2; one of another type than `message` ends the stream."""

    type: str = msgspec.field(name="$type", default="")
    payload: WireFrame | None = None


class PostEvent(msgspec.Struct, frozen=True):
    """A new or edited post; filters search `more` besides its text. `rev` tells the versions of a
    post apart."""

    post: Post
    more: tuple[str, ...]
    time_us: int
    rev: str


class PostDeleted(msgspec.Struct, frozen=True):
    """The author deleted a post."""

    uri: str
    time_us: int


class AccountGone(msgspec.Struct, frozen=True):
    """An account was deleted, suspended, taken down or deactivated (`status`)."""

    did: str
    status: str
    time_us: int


class NewHandle(msgspec.Struct, frozen=True):
    """An account has another handle now."""

    did: str
    handle: str
    time_us: int


class OtherEvent(msgspec.Struct, frozen=True):
    """An event without a post, or a line that cannot be read; `kind` is what is counted."""

    kind: str
    time_us: int = 0


Event = PostEvent | PostDeleted | AccountGone | NewHandle | OtherEvent
_decode = msgspec.json.Decoder(WireEvent).decode
_decode_frame = msgspec.json.Decoder(WireEnvelope).decode
Wire = TypeVar("Wire", WireEvent, WireEnvelope)


def read_event(raw: bytes, received_at: int) -> Event:
    """Decode an event that came at `received_at` (ms since the epoch); never raises.

    A field of an unexpected type costs what it holds, not the post.
    """
    try:
        event = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _tolerant(raw, WireEvent)
        if isinstance(found, OtherEvent):
            return found
        event = found
    return _event(event, received_at)


def read_frame(raw: bytes, received_at: int) -> Event:
    """Decode a frame of version 2 as `read_event` decodes an event of version 1; never raises."""
    try:
        frame = _decode_frame(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _tolerant(raw, WireEnvelope)
        if isinstance(found, OtherEvent):
            return found
        frame = found
    if frame.payload is None:
        return OtherEvent("stream_error" if frame.type == "error" else "wrong_type")
    event = frame.payload.event()
    return _event(event, received_at) if event.kind != "info" else OtherEvent("other")


def _event(event: WireEvent, received_at: int) -> Event:
    if not event.did:
        return OtherEvent("no_id", event.time_us)
    if event.kind == "commit" and event.commit is not None:
        return _commit(event, event.commit, received_at)
    if event.kind == "identity" and event.identity and event.identity.handle:
        return NewHandle(event.did, event.identity.handle, event.time_us)
    if event.kind == "account" and event.account is not None and not event.account.active:
        return AccountGone(event.did, event.account.status or "inactive", event.time_us)
    return OtherEvent(
        event.kind if event.kind in ("identity", "account") else "other", event.time_us
    )


def read_record(raw: bytes, uri: str, author: Author | None) -> tuple[Post, tuple[str, ...]] | None:
    """Return the post of a record as JSON, with what filters search besides; None without text."""
    try:
        record = msgspec.json.decode(raw, type=WireRecord)
    except msgspec.DecodeError:
        try:
            record = decode_tolerantly(raw, WireRecord)
        except ValueError:
            return None
    return post_of(record, uri, author, 0)


def post_of(
    record: WireRecord, uri: str, author: Author | None, received_at: int
) -> tuple[Post, tuple[str, ...]] | None:
    """Return the post of a record with what filters search besides; None for one without text.

    Links stand in the text in short: their whole addresses are searched, too, as are hashtags that
    only the metadata holds.
    """
    if record.text is None:
        return None
    did, rkey = uri.removeprefix("at://").partition("/")[0], uri.rpartition("/")[2]
    post = Post(
        id=uri,
        text=record.text,
        platform="bluesky",
        kind=_kind(record),
        created_at=record.createdAt,
        received_at=received_at,
        lang=_language(record.langs),
        author=author,
        url=f"https://bsky.app/profile/{did}/post/{rkey}",
    )
    return post, _more(record)


def _commit(event: WireEvent, commit: WireCommit, received_at: int) -> Event:
    if commit.collection != POSTS:
        return OtherEvent("other", event.time_us)
    uri = f"at://{event.did}/{POSTS}/{commit.rkey}"
    if commit.operation == "delete":
        return PostDeleted(uri, event.time_us)
    found = post_of(commit.record or WireRecord(), uri, Author(event.did), received_at)
    if found is None:
        return OtherEvent("no_text", event.time_us)
    if commit.operation == "update":
        found[0].edited = True
    return PostEvent(*found, event.time_us, commit.rev)


def _kind(record: WireRecord) -> Kind:
    if record.reply is not None:
        return "reply"
    return "quote" if record.embed is not None and record.embed.record is not None else "post"


def _language(codes: list[str]) -> str | None:
    """Return the first language that the author's program named, if it is one."""
    code = codes[0] if codes else ""
    return code if code and code != "und" and len(code) <= _LONGEST_LANGUAGE else None


def _more(record: WireRecord) -> tuple[str, ...]:
    text = record.text or ""
    folded = text.casefold()
    features = [feature for facet in record.facets for feature in facet.features]
    tags = [*record.tags, *(each.tag for each in features if each.tag)]
    unwritten = [f"#{tag}" for tag in tags if f"#{tag}".casefold() not in folded]
    links = [each.uri for each in features if each.uri]
    if record.embed is not None and record.embed.external and record.embed.external.uri:
        links.append(record.embed.external.uri)
    return tuple(dict.fromkeys((*unwritten, *links)))


def _microseconds(moment: str) -> int:
    try:
        return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError):  # no time, or one without a zone
        return 0


def _tolerant(raw: bytes, kind: type[Wire]) -> Wire | OtherEvent:
    try:
        return decode_tolerantly(raw, kind)
    except UnicodeDecodeError:
        return OtherEvent("bad_utf8")
    except json.JSONDecodeError:
        return OtherEvent("not_json")
    except (ValueError, RecursionError):
        return OtherEvent("wrong_type")
