"""Made-up recordings as others leave them, of posts with given texts and times."""

import gzip
import json
from datetime import UTC, datetime

import zstandard

BEGAN = 1_606_017_600
"""Seconds since the epoch: 2020-11-22 04:00:00 UTC."""
V1_TIME = "%a %b %d %H:%M:%S +0000 %Y"


def iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(BEGAN + seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def v1(number: int, text: str, seconds: float = 0.0) -> str:
    """A line of the existing capture client, or of twarc 1."""
    moment = datetime.fromtimestamp(BEGAN + seconds, UTC)
    return json.dumps(
        {
            "created_at": moment.strftime(V1_TIME),
            "timestamp_ms": str(int((BEGAN + seconds) * 1000)),
            "id": number,
            "id_str": str(number),
            "text": text,
            "lang": "en",
            "source": '<a href="http://web.example" rel="nofollow">Weather for iPhone</a>',
            "user": {"id_str": "42", "screen_name": "demo", "name": "Demo"},
        }
    )


def v2(number: int, text: str, seconds: float = 0.0) -> dict[str, object]:
    """A post of the second API."""
    return {
        "id": str(number),
        "text": text,
        "author_id": "42",
        "lang": "en",
        "created_at": iso(seconds),
        "edit_history_tweet_ids": [str(number)],
    }


def twarc_stream(number: int, text: str, seconds: float = 0.0) -> str:
    """A line of twarc 2's stream."""
    return json.dumps(
        {
            "data": v2(number, text, seconds),
            "includes": {"users": [{"id": "42", "username": "demo", "name": "Demo"}]},
            "matching_rules": [{"id": "1", "tag": "theirs"}],
            "__twarc": {"version": "2.14.1"},
        }
    )


def twarc_page(*posts: dict[str, object]) -> str:
    """A line of twarc 2's search: a page of posts."""
    return json.dumps({"data": posts, "meta": {"result_count": len(posts)}, "__twarc": {}})


def flat(number: int, text: str, seconds: float = 0.0) -> str:
    """A line of `twarc2 flatten`."""
    return json.dumps({**v2(number, text, seconds), "author": {"id": "42", "username": "demo"}})


def ours(number: int, text: str, received: float, seconds: float = 0.0) -> str:
    """A line of a capture of ours."""
    head = {"__weir": {"received_at": iso(received), "id": str(number)}}
    return json.dumps({**head, "data": v2(number, text, seconds)}, separators=(",", ":"))


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def zst(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)
