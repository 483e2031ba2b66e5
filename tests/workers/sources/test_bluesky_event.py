"""Events of Jetstream: what becomes of each kind, whatever its fields hold."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from workers.sources.bluesky.event import (
    POSTS,
    AccountGone,
    Event,
    NewHandle,
    OtherEvent,
    PostDeleted,
    PostEvent,
    read_event,
    read_frame,
)

DID = "did:plc:made-up"
URI = f"at://{DID}/{POSTS}/3k1"
LINK = {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/rain"}]}
TAG = {"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "Madrid"}]}


def event(record: Any = None, operation: str = "create", **commit: Any) -> bytes:
    body = {"rev": "3r1", "operation": operation, "collection": POSTS, "rkey": "3k1"} | commit
    if operation != "delete":
        body["record"] = {"text": "rain again", "langs": ["en"]} if record is None else record
    return msgspec.json.encode({"did": DID, "time_us": 7_000_001, "kind": "commit", "commit": body})


def made(record: Any) -> PostEvent:
    found = read_event(event(record), 9)
    assert isinstance(found, PostEvent)
    return found


def test_a_post_has_its_address_author_time_and_place_of_reading() -> None:
    found = made({"text": "Rain", "langs": ["en-GB"], "createdAt": "2026-11-22T04:00:00.000Z"})
    post = found.post
    assert (post.id, post.platform, post.kind, post.lang) == (URI, "bluesky", "post", "en-GB")
    assert (post.text, post.created_at) == ("Rain", "2026-11-22T04:00:00.000Z")
    assert (post.author and post.author.id, post.received_at) == (DID, 9)
    assert post.url == f"https://bsky.app/profile/{DID}/post/3k1"
    assert (post.coords, post.place) == (None, None)
    assert (found.time_us, found.post.edited) == (7_000_001, UNSET)


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"text": "a", "reply": {"root": {}, "parent": {}}}, "reply"),
        (
            {"text": "a", "embed": {"$type": "app.bsky.embed.record", "record": {"uri": URI}}},
            "quote",
        ),
        ({"text": "a", "embed": {"external": {"uri": "https://example.org"}}}, "post"),
        ({"text": "a", "reply": None, "embed": None}, "post"),
    ],
)
def test_replies_and_quotes_are_told_apart(record: Any, kind: str) -> None:
    assert made(record).post.kind == kind


@pytest.mark.parametrize(
    ("record", "searched"),
    [
        ({"text": "see example.org/ra…", "facets": [LINK]}, "https://example.org/rain"),
        ({"text": "no tag here", "facets": [TAG]}, "#Madrid"),
        ({"text": "no tag here", "tags": ["weather"]}, "#weather"),
        (
            {"text": "a card", "embed": {"external": {"uri": "https://example.org/x"}}},
            "https://example.org/x",
        ),
    ],
)
def test_whole_links_and_unwritten_hashtags_are_searched_and_not_shown(
    record: Any, searched: str
) -> None:
    found = made(record)
    assert searched in found.more
    assert found.post.text == record["text"]


def test_a_written_hashtag_is_not_added_again() -> None:
    assert made({"text": "Rain in #madrid", "facets": [TAG]}).more == ()


@pytest.mark.parametrize(
    "record",
    [
        {"text": "rain", "langs": None, "facets": None, "tags": "x", "embed": 5, "createdAt": 7},
        {"text": "rain", "langs": [None], "facets": [{"features": [None]}], "reply": "x"},
        {"text": "rain", "facets": [{"features": [{"uri": 1}]}], "unknown": {"deep": [1]}},
    ],
)
def test_a_field_of_an_unexpected_type_costs_no_post(record: Any) -> None:
    assert made(record).post.text == "rain"


def test_an_edit_is_the_same_post_with_another_key() -> None:
    first = made({"text": "rain"})
    second = read_event(event({"text": "snow"}, "update", rev="3r2"), 9)
    assert isinstance(second, PostEvent)
    assert (second.post.edited, second.post.id) == (True, first.post.id)
    assert second.rev != first.rev


def test_deletions_handles_and_ended_accounts_are_told() -> None:
    assert read_event(event(operation="delete"), 9) == PostDeleted(URI, 7_000_001)
    renamed = {"did": DID, "time_us": 1, "kind": "identity", "identity": {"handle": "ada.example"}}
    assert read_event(msgspec.json.encode(renamed), 9) == NewHandle(DID, "ada.example", 1)
    gone = {"did": DID, "time_us": 1, "kind": "account"}
    gone["account"] = {"active": False, "status": "takendown"}
    assert read_event(msgspec.json.encode(gone), 9) == AccountGone(DID, "takendown", 1)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", "not_json"),
        (b"[1]", "wrong_type"),
        (b'{"did": "x", "time_us": 1, "kind"', "not_json"),
        (b"\xff", "bad_utf8"),
        (b'{"kind": "commit", "commit": {}}', "no_id"),
        (event({"langs": ["en"]}), "no_text"),
        (event(collection="app.bsky.feed.like"), "other"),
        (b'{"did": "x", "time_us": 1, "kind": "account", "account": {"active": true}}', "account"),
        (b'{"did": "x", "time_us": 1, "kind": "new thing"}', "other"),
    ],
)
def test_what_is_no_post_is_counted_by_kind(raw: bytes, kind: str) -> None:
    found = read_event(raw, 9)
    assert isinstance(found, OtherEvent)
    assert found.kind == kind


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    read_event(raw, 9)


FRAME = "network.bsky.jetstream.subscribeEvents#"
SEEN = {"seq": 7, "did": "did:plc:made-up", "witnessedAt": "2026-11-22T04:00:00.000001Z"}
TIME_US = 1_795_320_000_000_001


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (
            {"kind": "identity", "identity": {"handle": "ada.example"}},
            NewHandle("did:plc:made-up", "ada.example", TIME_US),
        ),
        (
            {"kind": "account", "account": {"active": False, "status": "deleted"}},
            AccountGone("did:plc:made-up", "deleted", TIME_US),
        ),
        (
            {"kind": "commit", "operation": "delete", "collection": POSTS, "rkey": "3k1"},
            PostDeleted(f"at://did:plc:made-up/{POSTS}/3k1", TIME_US),
        ),
        (
            {"kind": "commit", "operation": "create", "collection": POSTS, "record": {"text": []}},
            OtherEvent("no_text", TIME_US),
        ),
        ({"kind": "sync", "sync": {}}, OtherEvent("other", TIME_US)),
        ({"kind": "info", "name": "OutdatedCursor"}, OtherEvent("other")),
    ],
)
def test_frames_of_version_2_hold_what_events_hold(frame: Any, found: Event) -> None:
    kind = frame["kind"]
    payload = {"$type": FRAME + kind, **SEEN, **{k: v for k, v in frame.items() if k != "kind"}}
    raw = msgspec.json.encode({"$type": "message", "payload": payload})
    assert read_frame(raw, 0) == found


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b'{"$type":"error","error":"ConsumerTooSlow","message":"too slow"}', "stream_error"),
        (b'{"$type":"message"}', "wrong_type"),
        (b'{"$type":"mess', "not_json"),
        (b"\x28\xb5\x2f\xfd\xff", "bad_utf8"),
    ],
)
def test_frames_without_an_event_are_counted(raw: bytes, kind: str) -> None:
    assert read_frame(raw, 0) == OtherEvent(kind)


@given(st.binary(max_size=80))
def test_no_frame_raises(raw: bytes) -> None:
    read_frame(raw, 0)
