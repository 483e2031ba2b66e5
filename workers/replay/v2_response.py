"""A whole v2 response (twarc2's search lines hold a page) as one stream line for each post."""

from collections.abc import Iterator
from typing import Any

import msgspec


def payloads(response: dict[str, Any]) -> Iterator[bytes]:
    """Yield `{"data": post, "includes": …}` for each post of a page, with what it refers to."""
    data = response.get("data")
    includes = response.get("includes")
    kept = includes if isinstance(includes, dict) else {}
    for post in data if isinstance(data, list) else []:
        if isinstance(post, dict):
            payload = {"data": post, "includes": _referred(post, kept)}
            if rules := response.get("matching_rules"):
                payload["matching_rules"] = rules
            yield msgspec.json.encode(payload)


def _referred(post: dict[str, Any], includes: dict[str, Any]) -> dict[str, Any]:
    """Keep the included objects whose key occurs in the post, or in the posts it refers to."""
    text = msgspec.json.encode(post)
    found: dict[str, Any] = {}
    # Posts first: they refer to users, places and media of their own.
    for kind in sorted(includes, key=lambda kind: kind not in ("tweets", "posts")):
        objects = includes[kind] if isinstance(includes[kind], list) else []
        kept = [one for one in objects if isinstance(one, dict) and _key(one) in text]
        if kept:
            found[kind] = kept
            if kind in ("tweets", "posts"):
                text += msgspec.json.encode(kept)
    return found


def _key(one: dict[str, Any]) -> bytes:
    return msgspec.json.encode(str(one.get("id") or one.get("media_key") or "\0"))
