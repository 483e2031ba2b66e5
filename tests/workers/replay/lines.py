"""Made-up lines in every format that replay reads, all about the same three posts."""

from typing import Any

import msgspec

V1: dict[str, Any] = {
    "created_at": "Sun Nov 22 04:00:01 +0000 2020",
    "id": 1330000000000000001,
    "id_str": "1330000000000000001",
    "text": "Rain over the har…",
    "truncated": True,
    "extended_tweet": {"full_text": "Rain over the harbour &amp; hail"},
    "source": '<a href="http://web.example" rel="nofollow">Weather for Android</a>',
    "user": {"id_str": "42", "screen_name": "demo", "name": "Demo", "lang": None},
    "coordinates": {"type": "Point", "coordinates": [-3.7, 40.41]},
    "geo": {"type": "Point", "coordinates": [40.41, -3.7]},
    "place": {
        "id": "00aa",
        "full_name": "Madrid, Spain",
        "bounding_box": {
            "type": "Polygon",
            "coordinates": [[[-3.88, 40.31], [-3.88, 40.64], [-3.51, 40.64], [-3.51, 40.31]]],
        },
    },
    "lang": "en",
    "timestamp_ms": "1606017601123",
}
USER = {"id": "42", "username": "demo", "name": "Demo"}
OTHER_USER = {"id": "43", "username": "other", "name": "Other"}
PLACE = {
    "id": "00aa",
    "full_name": "Madrid, Spain",
    "geo": {"type": "Feature", "bbox": [-3.88, 40.31, -3.51, 40.64], "properties": {}},
}
V2_DATA: dict[str, Any] = {
    "id": "1990000000000000001",
    "text": "Rain over Madrid",
    "author_id": "42",
    "created_at": "2026-11-22T04:00:01.000Z",
    "lang": "en",
    "geo": {"place_id": "00aa"},
    "edit_history_tweet_ids": ["1990000000000000001"],
}
ORIGINAL = {"id": "1990000000000000000", "text": "The whole of the original", "author_id": "43"}
RETWEET: dict[str, Any] = {
    "id": "1990000000000000002",
    "text": "RT @other: The whole of…",
    "author_id": "42",
    "created_at": "2026-11-22T04:00:02.000Z",
    "referenced_tweets": [{"type": "retweeted", "id": "1990000000000000000"}],
}
STREAM = {
    "data": V2_DATA,
    "includes": {"users": [USER], "places": [PLACE]},
    "matching_rules": [{"id": "1660000000000000001", "tag": "rain"}],
}
PAGE = {
    "data": [V2_DATA, RETWEET],
    "includes": {"users": [USER, OTHER_USER], "places": [PLACE], "tweets": [ORIGINAL]},
    "meta": {"result_count": 2},
    "__twarc": {"url": "https://example", "version": "2.14.1"},
}
TWARC_FLAT = [
    {
        **V2_DATA,
        "author": USER,
        "geo": {"place_id": "00aa", **PLACE},
        "__twarc": {"version": "2.14.1"},
        "matching_rules": [{"id": "1", "tag": "rain"}],
    },
    {
        **RETWEET,
        "author": USER,
        "referenced_tweets": [{"type": "retweeted", **ORIGINAL, "author": OTHER_USER}],
    },
]
FOURCAT_FLAT = [
    {**V2_DATA, "author_user": USER, "geo": {"place_id": "00aa", "place": PLACE}},
    {
        **RETWEET,
        "author_user": USER,
        "attachments": {"media_keys": [{"media_key": "3_1", "type": "photo"}]},
        "referenced_tweets": [{"type": "retweeted", **ORIGINAL, "author_user": OTHER_USER}],
    },
]
CONTROL: dict[str, dict[str, Any]] = {
    "limit": {"limit": {"track": 1234}},
    "delete": {"delete": {"status": {"id_str": "1", "user_id_str": "2"}}},
    "scrub_geo": {"scrub_geo": {"user_id_str": "1", "up_to_status_id_str": "2"}},
    "status_withheld": {"status_withheld": {"id": 1, "withheld_in_countries": ["DE"]}},
    "user_withheld": {"user_withheld": {"id": 1}},
    "disconnect": {"disconnect": {"code": 4, "stream_name": "", "reason": ""}},
    "warning": {"warning": {"code": "FALLING_BEHIND", "percent_full": 60}},
    "errors": {"errors": [{"title": "operational-disconnect"}]},
    "unknown": {"something": "else"},
}


def line(value: Any) -> bytes:
    """Write one line, without its end."""
    return msgspec.json.encode(value)
