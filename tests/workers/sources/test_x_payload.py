"""Lines of X's stream: every kind, in every state, and never an exception."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from streams.box import Box
from streams.post import Author
from workers.sources.x.payload import (
    SPREAD,
    Delivery,
    MalformedLine,
    NoPostLine,
    StreamError,
    read_line,
    rules_named_in,
)

MADRID = Box(-3.889, 40.312, -3.518, 40.644)


def payload(**data: Any) -> dict[str, Any]:
    """Make a whole line with every part that is asked of X."""
    return {
        "data": {
            "id": "1990000000000000001",
            "text": "Rain over Madrid again",
            "author_id": "42",
            "created_at": "2026-11-22T04:00:01.000Z",
            "lang": "en",
            "edit_history_tweet_ids": ["1990000000000000001"],
            "geo": {"place_id": "p1"},
            **data,
        },
        "includes": {
            "users": [
                {"id": "41", "name": "Other", "username": "other"},
                {
                    "id": "42",
                    "name": "Demo",
                    "username": "demo",
                    "profile_image_url": "https://a/b",
                },
            ],
            "places": [
                {
                    "id": "p1",
                    "full_name": "Madrid, Spain",
                    "country_code": "ES",
                    "geo": {"type": "Feature", "bbox": [-3.889, 40.312, -3.518, 40.644]},
                }
            ],
        },
        "matching_rules": [{"id": "1660000000000000001", "tag": "weather"}],
    }


def read(line: dict[str, Any]) -> Delivery:
    found = read_line(msgspec.json.encode(line), 7)
    assert isinstance(found, Delivery), found
    return found


def test_a_whole_post_is_read() -> None:
    delivery = read(payload())
    post = delivery.post
    assert post.id == "1990000000000000001"
    assert post.text == "Rain over Madrid again"
    assert post.author == Author("42", "demo", "Demo", "https://a/b")
    assert (post.lang, post.kind, post.source, post.platform) == ("en", "post", "other", "x")
    assert (post.created_at, post.received_at) == ("2026-11-22T04:00:01.000Z", 7)
    assert post.place == "Madrid, Spain"
    assert post.url == "https://x.com/i/status/1990000000000000001"
    assert (post.label, post.path, post.model) == ("unknown", "", None)
    assert delivery.rules == (("1660000000000000001", "weather"),)
    assert delivery.tags == ("weather",)
    assert delivery.area == MADRID


def test_the_least_that_x_sends_is_a_post() -> None:
    delivery = read({"data": {"id": "1", "text": "x", "edit_history_tweet_ids": ["1"]}})
    post = delivery.post
    assert (post.id, post.text, post.author, post.coords, post.lang) == ("1", "x", None, None, None)
    assert (delivery.rules, delivery.tags, delivery.area) == ((), (), None)
    assert not delivery.inside(MADRID)


@pytest.mark.parametrize("name", ["edit_history_tweet_ids", "edit_history_post_ids"])
@pytest.mark.parametrize(
    ("history", "earlier"),
    [
        (["7", "8", "9"], ("7", "8")),
        (["7", "9", "10"], ("7",)),
        (["7", "x", "9"], ("7",)),
        (["9", "10"], ()),
        (["9"], ()),
        ([], ()),
        ("many", ()),
    ],
)
def test_an_edit_names_the_versions_before_it(
    name: str, history: object, earlier: tuple[str, ...]
) -> None:
    post = read({"data": {"id": "9", "text": "x", name: history}}).post
    assert (post.edited is True, post.ids[1:]) == (bool(earlier), earlier)


def test_rules_without_a_tag_still_count_by_their_id() -> None:
    line = payload()
    line["matching_rules"] = [
        {"id": "1"}, {"id": "2", "tag": ""}, {"id": "3", "tag": None}, {"id": "4", "tag": "a"},
        {"id": "5", "tag": "a"},
    ]  # fmt: skip
    delivery = read(line)
    assert delivery.rules == (("1", ""), ("2", ""), ("3", ""), ("4", "a"), ("5", "a"))
    assert delivery.tags == ("a",)


def test_a_long_post_is_read_whole_under_either_name() -> None:
    for name in ("note_tweet", "note_post"):
        assert read(payload(**{name: {"text": "the whole of it"}})).post.text == "the whole of it"
    assert read(payload(note_tweet={})).post.text == "Rain over Madrid again"


@pytest.mark.parametrize(
    ("reference", "included"),
    [
        ("referenced_tweets", "tweets"),
        ("referenced_posts", "posts"),
        ("referenced_tweets", "posts"),
    ],
)
def test_a_retweet_shows_the_original_s_full_text(reference: str, included: str) -> None:
    line = payload(text="RT @x: the whole…", **{reference: [{"type": "retweeted", "id": "5"}]})
    assert read(line).post.text == "RT @x: the whole…"
    line["includes"][included] = [
        {"id": "4", "text": "another"},
        {"id": "5", "text": "the whole t"},
    ]
    assert read(line).post.text == "the whole t"
    line["includes"][included][1]["note_tweet"] = {"text": "the whole text of it"}
    assert (read(line).post.text, read(line).post.kind) == ("the whole text of it", "retweet")
    assert read(line).post.author == Author("42", "demo", "Demo", "https://a/b")


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        ([], "post"),
        (["quoted"], "quote"),
        (["replied_to"], "reply"),
        (["replied_to", "quoted"], "quote"),
        (["retweeted"], "retweet"),
        (["made_up"], "post"),
    ],
)
def test_the_kind_follows_from_what_is_referred_to(types: list[str], kind: str) -> None:
    references = [{"type": name, "id": "5"} for name in types]
    line = payload(referenced_tweets=references)
    line["includes"]["tweets"] = [{"id": "5", "text": "the other post"}]
    assert read(line).post.kind == kind
    if kind != "retweet":
        assert read(line).post.text == "Rain over Madrid again"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("salt &amp; pepper", "salt & pepper"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("&amp;lt;", "&lt;"),
        ("R&B", "R&B"),
        ("&quot;", "&quot;"),
    ],
)
def test_the_three_signs_that_x_escapes_are_read_back(text: str, shown: str) -> None:
    assert read(payload(text=text)).post.text == shown


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"), ("iw", "he"), ("in", "id"), ("zh", "zh"), ("zh-TW", "zh-TW"), ("ckb", "ckb"),
        ("und", None), ("qme", None), ("qht", None), ("zxx", None), ("art", None), ("", None),
        (None, None), ("x" * 500, None),
    ],
)  # fmt: skip
def test_languages_have_today_s_codes_or_none(code: str | None, language: str | None) -> None:
    assert read(payload(lang=code)).post.lang == language


@pytest.mark.parametrize(
    ("device", "class_"),
    [("Twitter for iPhone", "iphone"), ("Twitter Web App", "web"), ("", "other"), (None, "other")],
)
def test_a_device_is_sorted_if_it_is_told(device: str | None, class_: str) -> None:
    assert read(payload(source=device)).post.source == class_


def test_an_exact_point_is_taken_as_it_is() -> None:
    point = {"type": "Point", "coordinates": [-3.7, 40.4]}
    delivery = read(payload(geo={"place_id": "p1", "coordinates": point}))
    assert delivery.post.coords == (-3.7, 40.4)
    assert delivery.post.place == "Madrid, Spain"
    assert delivery.inside(MADRID)
    assert delivery.inside(Box(-3.71, 40.39, -3.69, 40.41))
    assert not delivery.inside(Box(-3.69, 40.39, -3.6, 40.41))


@given(st.integers(0, 10**19).map(str))
def test_a_place_without_a_point_gives_its_middle_moved_a_little(post_id: str) -> None:
    coords = read(payload(id=post_id)).post.coords
    assert coords is not None
    assert coords[0] == pytest.approx(-3.7035, abs=SPREAD + 1e-5)
    assert coords[1] == pytest.approx(40.478, abs=SPREAD + 1e-5)
    assert read(payload(id=post_id, text="other")).post.coords == coords


def test_posts_of_one_place_do_not_sit_on_each_other() -> None:
    ids = [str(1990000000000000000 + i) for i in range(200)]
    coords = {read(payload(id=post_id)).post.coords or (0, 0) for post_id in ids}
    assert len(coords) > 190
    assert max(lon for lon, _ in coords) - min(lon for lon, _ in coords) > SPREAD


@pytest.mark.parametrize(
    ("bbox", "middle"),
    [
        ([177, -20, -178, -12], (179.5, -16)),
        ([179.99, -1, -179.99, 1], (180, 0)),
        ([-180, -90, 180, -89.99], (0, -90)),
        ([5, 5, 5, 5], (5, 5)),
    ],
)
def test_places_at_the_edges_of_the_map_have_points_on_it(
    bbox: list[float], middle: tuple[float, float]
) -> None:
    line = payload()
    line["includes"]["places"][0]["geo"]["bbox"] = bbox
    for post_id in range(50):
        line["data"]["id"] = str(post_id)
        coords = read(line).post.coords
        assert coords is not None
        assert -180 <= coords[0] <= 180
        assert -90 <= coords[1] <= 90
        away = abs((coords[0] - middle[0] + 180) % 360 - 180)
        assert away <= SPREAD + 1e-5
        assert abs(coords[1] - middle[1]) <= SPREAD + 0.01


@pytest.mark.parametrize(
    ("place", "is_marked"),
    [
        ({"place_type": "city"}, True),
        ({"place_type": "country"}, False),
        ({"place_type": "admin", "geo": {"bbox": [-106.6, 25.8, -93.5, 36.5]}}, False),
        ({"place_type": "admin", "geo": {"bbox": [-81.3, -56, -66, -17.5]}}, False),
        ({"place_type": "admin", "geo": {"bbox": [7.5, 47.5, 10.5, 49.8]}}, True),
        ({"place_type": 7}, True),
    ],
)
def test_a_place_of_a_countrys_size_has_no_marker(place: dict[str, Any], is_marked: bool) -> None:
    line = payload()
    line["includes"]["places"][0] |= place
    delivery = read(line)
    assert (delivery.post.coords is not None) == is_marked
    assert delivery.area is not None


@pytest.mark.parametrize(
    ("parts", "withheld", "paid"),
    [
        ({}, UNSET, UNSET),
        ({"withheld": {"country_codes": ["DE", "FR"], "scope": "tweet"}}, ("DE", "FR"), UNSET),
        ({"withheld": {"country_codes": ["DE", 7, None]}}, ("DE", "7"), UNSET),
        ({"withheld": "DE", "paid_partnership": "yes"}, UNSET, UNSET),
        ({"withheld": {"country_codes": []}, "paid_partnership": False}, UNSET, UNSET),
        ({"paid_partnership": True, "id": 5}, UNSET, True),
    ],
)
def test_what_x_withholds_and_what_was_paid_for_is_said(
    parts: dict[str, Any], withheld: Any, paid: Any
) -> None:
    post = read(payload(**parts)).post
    assert (post.withheld, post.paid_partnership) == (withheld, paid)


@pytest.mark.parametrize("bbox", [[1, 2, 3], [-999, 0, 1, 1], [0, 5, 1, 1], [1, 2, 3, "4"], None])
def test_a_box_that_is_none_is_no_place_on_the_map(bbox: Any) -> None:
    line = payload()
    line["includes"]["places"][0]["geo"]["bbox"] = bbox
    delivery = read(line)
    assert (delivery.post.coords, delivery.area) == (None, None)


@pytest.mark.parametrize("point", [[200, 0], [0, 91], [0], [], "here", None])
def test_a_point_that_is_none_is_not_shown(point: Any) -> None:
    line = payload(geo={"coordinates": {"type": "Point", "coordinates": point}})
    assert read(line).post.coords is None


def test_a_place_much_larger_than_a_box_is_not_inside_it() -> None:
    delivery = read(payload())
    assert delivery.inside(MADRID)
    assert delivery.inside(Box(-10, 36, 4, 44))
    assert delivery.inside(Box(-3.8, 40.4, -3.6, 40.6))
    assert not delivery.inside(Box(-3.71, 40.47, -3.69, 40.49))
    assert not delivery.inside(Box(0, 40, 4, 44))


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", "not_json"),
        (b"\r\n", "not_json"),
        (b"garbage", "not_json"),
        (b'{"data":{"id":"1","text":"x"}', "not_json"),
        (b"x" * 1_000_000, "not_json"),
        (b"\xff\xfe\xfd", "bad_utf8"),
        (b'{"data":{"id":"1","text":"\xff"}}', "bad_utf8"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b"5", "wrong_type"),
        (b'{"data":[]}', "wrong_type"),
        (b'{"data":true}', "wrong_type"),
        (b'{"data":' + b"[" * 200_000, "wrong_type"),
        (b"{}", "no_data"),
        (b'{"data":null}', "no_data"),
        (b'{"matching_rules":[{"id":"1"}]}', "no_data"),
        (b'{"data":{}}', "no_id"),
        (b'{"data":{"text":"x"}}', "no_id"),
        (b'{"data":{"id":"","text":"x"}}', "no_id"),
        (b'{"data":{"id":"../etc","text":"x"}}', "no_id"),
        ('{"data":{"id":"٣","text":"x"}}'.encode(), "no_id"),
        (b'{"data":{"id":"1"}}', "no_text"),
        (b'{"data":{"id":"1","text":""}}', "no_text"),
    ],
)
def test_what_cannot_be_read_is_named(raw: bytes, kind: str) -> None:
    assert read_line(raw, 0) == MalformedLine(kind)


RULE = (("1660000000000000001", ""),)


@pytest.mark.parametrize(
    ("raw", "text", "rules"),
    [
        (
            b'{"data":{"id":"1","text":"rain"},'
            b'"matching_rules":[{"id":1660000000000000001,"tag":null}]}',
            "rain",
            RULE,
        ),
        (b'{"data":{"id":"1","text":"half \\ud83d a pair"}}', "half \ufffd a pair", ()),
        (b'{"data":{"id":"1","text":"\\ud83d\\ude00 \\udc00"}}', "\U0001f600 \ufffd", ()),
        (b'{"data":{"id":1,"text":"rain"}}', "rain", ()),
        (b'{"data":{"id":"1","text":"rain","geo":NaN}}', "rain", ()),
        (b'{"data":{"id":"1","text":"rain","lang":{}},"includes":[]}', "rain", ()),
        (b'{"data":{"id":"1","text":"rain"},"matching_rules":"all"}', "rain", ()),
        (
            b'{"data":{"id":"1","text":"rain"},'
            b'"matching_rules":[7,null,{"id":"1660000000000000001"}]}',
            "rain",
            RULE,
        ),
        (b'{"data":{"id":"1","text":"rain"},"errors":null,"matching_rules":null}', "rain", ()),
    ],
)
def test_a_field_of_an_unexpected_type_costs_no_post(
    raw: bytes, text: str, rules: tuple[tuple[str, str], ...]
) -> None:
    delivery = read_line(raw, 0)
    assert isinstance(delivery, Delivery), delivery
    assert (delivery.post.id, delivery.post.text, delivery.rules) == ("1", text, rules)


def test_rules_are_found_in_a_line_that_cannot_be_decoded() -> None:
    torn = (
        b'{"data":{"id":"1"},"matching_rules":[{"id":"1660000000000000001","tag":"0123456789abcdef"'
    )
    assert rules_named_in(torn) == [
        ("1660000000000000001", "1660000000000000001"),
        ("0123456789abcdef", "0123456789abcdef"),
    ]


@pytest.mark.parametrize(
    ("raw", "message", "disconnect"),
    [
        (
            b'{"errors":[{"title":"operational-disconnect","disconnect_type":'
            b'"UpstreamOperationalDisconnect","detail":"Going down.",'
            b'"type":"https://api.x.com/2/problems/operational-disconnect"}]}',
            "Going down.",
            "UpstreamOperationalDisconnect",
        ),
        (
            b'{"errors":[{"title":"t","type":"https://api.twitter.com/2/problems/'
            b'operational-disconnect"}]}',
            "t",
            None,
        ),
        (b'{"errors":[{"disconnect_type":"SlowReader"}]}', "X gave no reason", "SlowReader"),
    ],
)
def test_a_message_that_ends_the_stream_is_an_order(
    raw: bytes, message: str, disconnect: str | None
) -> None:
    assert read_line(raw, 0) == StreamError(message, disconnect)


def test_other_messages_are_counted_only() -> None:
    assert read_line(b'{"errors":[{"title":"Not Found Error"}]}', 0) == NoPostLine("error")
    assert read_line(b'{"meta":{"sent":"now"}}', 0) == NoPostLine("other")
    assert read_line(b'{"errors":[],"hello":1}', 0) == NoPostLine("other")


def test_errors_beside_a_post_do_not_hide_it() -> None:
    line = payload() | {"errors": [{"title": "Not Found Error", "value": "9"}]}
    assert read(line).post.id == "1990000000000000001"


def test_unknown_keys_and_odd_types_in_fields_not_needed_change_nothing() -> None:
    line = payload(entities=5, public_metrics="many", edit_controls=None, new_field={"a": [1]})
    line |= {"new": True, "meta": None}
    line["includes"]["media"] = "none"
    line["includes"]["users"][1]["verified"] = "perhaps"
    assert read(line) == read(payload())


@pytest.mark.parametrize(
    "odd",
    [{"lang": 5}, {"geo": "here"}, {"author_id": 42}, {"note_tweet": []}, {"created_at": 1},
     {"referenced_tweets": {}}, {"source": ["a"]}, {"geo": {"place_id": 1}}],
)  # fmt: skip
def test_a_needed_field_of_an_odd_type_costs_that_but_not_the_post(odd: dict[str, Any]) -> None:
    delivery = read(payload(**odd))
    assert delivery.post.text == "Rain over Madrid again"
    assert delivery.tags == ("weather",)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_as_something(raw: bytes) -> None:
    assert isinstance(read_line(raw, 0), MalformedLine | NoPostLine)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.just("1"),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from("id text geo data type tag coordinates bbox places users".split()),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["data", "includes", "matching_rules", "errors", "x"]), json_values
    )
)
def test_any_json_is_read_as_something(line: dict[str, Any]) -> None:
    found = read_line(msgspec.json.encode(line), 0)
    assert isinstance(found, Delivery | StreamError | MalformedLine | NoPostLine)


def test_a_retweet_names_who_wrote_the_text_and_who_passed_it_on() -> None:
    line = {
        "data": {
            "id": "2",
            "text": "RT @ada: a long…",
            "author_id": "20",
            "referenced_tweets": [{"type": "retweeted", "id": "1"}],
        },
        "includes": {
            "users": [{"id": "10", "username": "ada"}, {"id": "20", "username": "bob"}],
            "tweets": [{"id": "1", "text": "a long story", "author_id": "10"}],
        },
    }
    delivery = read_line(msgspec.json.encode(line), 0)
    assert isinstance(delivery, Delivery)
    assert delivery.post.text == "a long story"
    assert delivery.post.author is not None
    assert delivery.post.original is not None
    assert (delivery.post.original.handle, delivery.post.author.handle) == ("ada", "bob")
