"""Every format of captured line is told apart and becomes what X's stream would send."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.post import Author, Post
from tests.workers.replay.lines import (
    CONTROL,
    FOURCAT_FLAT,
    PAGE,
    RETWEET,
    STREAM,
    TWARC_FLAT,
    V1,
    V2_DATA,
    line,
)
from workers.replay.format import NoPost, Payload, read
from workers.sources.x.payload import Delivery, read_line


def payloads(raw: bytes) -> list[Payload]:
    found = read(raw)
    assert not isinstance(found, NoPost), found
    return found


def posts(raw: bytes) -> list[Post]:
    found = [read_line(one.payload, 0) for one in payloads(raw)]
    return [one.post for one in found if isinstance(one, Delivery)]


def test_a_v1_status_keeps_text_place_point_device_author_and_time() -> None:
    (post,) = posts(line(V1))
    assert post == Post(
        id="1330000000000000001",
        text="Rain over the harbour & hail",
        source="android",
        coords=(-3.7, 40.41),
        created_at="2020-11-22T04:00:01.123Z",
        lang="en",
        author=Author("42", "demo", "Demo"),
        place="Madrid, Spain",
        url="https://x.com/i/status/1330000000000000001",
    )


@pytest.mark.parametrize(
    ("changes", "text", "kind"),
    [
        ({}, "Rain over the harbour & hail", "post"),
        ({"extended_tweet": None}, "Rain over the har…", "post"),
        ({"extended_tweet": None, "full_text": "Rain, all of it"}, "Rain, all of it", "post"),
        ({"in_reply_to_status_id_str": "7"}, "Rain over the harbour & hail", "reply"),
        ({"quoted_status_id_str": "7"}, "Rain over the harbour & hail", "quote"),
        (
            {"retweeted_status": {"id_str": "1", "text": "a…", "full_text": "the original"}},
            "the original",
            "retweet",
        ),
        (
            {
                "retweeted_status": {
                    "id_str": "1",
                    "text": "a…",
                    "truncated": True,
                    "extended_tweet": {"full_text": "the long original"},
                }
            },
            "the long original",
            "retweet",
        ),
    ],
)
def test_the_best_text_of_a_v1_status_is_found(
    changes: dict[str, Any], text: str, kind: str
) -> None:
    (post,) = posts(line({**V1, **changes}))
    assert (post.text, post.kind) == (text, kind)


def test_v1_geo_is_latitude_first_and_used_when_coordinates_are_missing() -> None:
    (post,) = posts(line({**V1, "coordinates": None}))
    assert post.coords == (-3.7, 40.41)


def test_a_v1_place_without_a_point_is_near_the_middle_of_its_ring() -> None:
    (post,) = posts(line({**V1, "coordinates": None, "geo": None}))
    assert post.coords is not None
    assert abs(post.coords[0] + 3.695) <= 0.02
    assert abs(post.coords[1] - 40.475) <= 0.02


def test_a_v1_ring_across_the_antimeridian_stays_there() -> None:
    ring = [[[177.0, -18.0], [177.0, -16.0], [-178.0, -16.0], [-178.0, -18.0]]]
    place = {**V1["place"], "bounding_box": {"type": "Polygon", "coordinates": ring}}
    (post,) = posts(line({**V1, "coordinates": None, "geo": None, "place": place}))
    assert post.coords is not None
    assert abs(post.coords[0] - 179.5) <= 0.02


def test_a_v1_status_without_timestamp_is_timed_by_its_date() -> None:
    (payload,) = payloads(line({**V1, "timestamp_ms": None}))
    assert payload.posted_at == 1606017601000


def test_a_v1_field_of_a_wrong_type_costs_no_post() -> None:
    (post,) = posts(line({**V1, "coordinates": "somewhere", "extended_tweet": 7}))
    assert post.id == V1["id_str"]
    assert post.text == "Rain over the har…"


def test_a_stream_line_is_handed_on_byte_for_byte() -> None:
    raw = json.dumps(STREAM, indent=None).encode()
    (payload,) = payloads(raw)
    assert payload == Payload(raw, 1795320001000, "v2")


@pytest.mark.parametrize(
    ("raws", "format"),
    [
        ([line(PAGE)], "v2_page"),
        ([line(one) for one in TWARC_FLAT], "v2_flattened"),
        ([line(one) for one in FOURCAT_FLAT], "v2_flattened"),
        ([line(TWARC_FLAT)], "v2_flattened"),
    ],
)
def test_pages_and_flattened_posts_become_stream_lines(raws: list[bytes], format: str) -> None:
    assert {one.format for raw in raws for one in payloads(raw)} == {format}
    first, second = (post for raw in raws for post in posts(raw))
    assert (first.id, first.place) == (V2_DATA["id"], "Madrid, Spain")
    assert first.coords is not None
    assert first.author == second.author == Author("42", "demo", "Demo")
    assert (second.id, second.kind) == (RETWEET["id"], "retweet")
    assert second.text == "The whole of the original"


def test_a_post_of_a_page_takes_only_what_it_refers_to_along() -> None:
    first, second = (msgspec.json.decode(one.payload) for one in payloads(line(PAGE)))
    assert "tweets" not in first["includes"]
    assert [user["id"] for user in first["includes"]["users"]] == ["42"]
    assert [user["id"] for user in second["includes"]["users"]] == ["42", "43"]
    assert "places" not in second["includes"]


@pytest.mark.parametrize("kind", CONTROL)
def test_control_lines_are_told_by_kind(kind: str) -> None:
    deleted = ("1",) if kind == "delete" else ()
    assert read(line(CONTROL[kind])) == NoPost(kind, deleted)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"keep-alive", "keep_alive"),
        (b'{"id_str":"1","te', "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"data":null}', "unknown"),
        (b"[]", "unknown"),
        (b"[1]", "wrong_type"),
        (b"7", "wrong_type"),
        (b'{"id_str":7}', "wrong_type"),
        (b"[" * 100_000, "too_deep"),
    ],
)
def test_a_line_that_holds_no_post_never_raises(raw: bytes, kind: str) -> None:
    found = read(raw)
    assert isinstance(found, NoPost)
    assert found.kind in (kind, "not_json")


shapes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
keys = st.sampled_from(
    "data id id_str text user author geo place referenced_tweets includes coordinates"
    " extended_tweet retweeted_status author_id matching_rules timestamp_ms".split()
)


@given(st.dictionaries(keys, shapes, max_size=6) | shapes)
def test_whatever_the_json_it_is_a_post_or_counted(value: object) -> None:
    found = read(json.dumps(value).encode())
    for one in [] if isinstance(found, NoPost) else found:
        read_line(one.payload, 0)
