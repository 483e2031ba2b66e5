"""X's API v2 on disk: whole responses and flattened posts, as the lines that X's stream sends."""

from collections.abc import Iterator
from typing import Any

import msgspec

AUTHORS = ("author", "author_user")
"""Where the author is put: by twarc, by 4CAT."""
INLINED = (*AUTHORS, "in_reply_to_user", "matching_rules", "__twarc")


def unfolded(post: dict[str, Any]) -> bytes:
    """Return `{"data": …, "includes": …}` with what was folded in at its own place again."""
    users: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    tweets: list[dict[str, Any]] = []
    data = _unfold(post, users, places, tweets)
    payload: dict[str, Any] = {"data": data}
    found = {"users": users, "places": places, "tweets": tweets}
    if includes := {kind: objects for kind, objects in found.items() if objects}:
        payload["includes"] = includes
    if isinstance(post.get("matching_rules"), list):
        payload["matching_rules"] = post["matching_rules"]
    return msgspec.json.encode(payload)


def _unfold(
    post: dict[str, Any],
    users: list[dict[str, Any]],
    places: list[dict[str, Any]],
    tweets: list[dict[str, Any]],
) -> dict[str, Any]:
    data = {key: value for key, value in post.items() if key not in INLINED}
    for key in (*AUTHORS, "in_reply_to_user"):
        user = post.get(key)
        if isinstance(user, dict) and user.get("id") and user not in users:
            users.append(user)
    if isinstance(post.get("geo"), dict):
        data["geo"] = _unfold_geo(post["geo"], places)
    references = post.get("referenced_tweets")
    if isinstance(references, list):
        data["referenced_tweets"] = []
        for reference in references:
            if isinstance(reference, dict):
                data["referenced_tweets"].append(_link(reference))
                if reference.get("text"):
                    original = {k: v for k, v in reference.items() if k != "type"}
                    tweets.append(_unfold(original, users, places, tweets))
    return data


def _link(reference: dict[str, Any]) -> dict[str, Any]:
    return {key: reference[key] for key in ("type", "id") if key in reference}


def _unfold_geo(geo: dict[str, Any], places: list[dict[str, Any]]) -> dict[str, Any]:
    """twarc merges the place into `geo`, 4CAT puts it into `geo.place`."""
    place = geo.get("place") if isinstance(geo.get("place"), dict) else None
    if place is None and "full_name" in geo:
        place = {key: value for key, value in geo.items() if key not in ("place_id", "coordinates")}
        place.setdefault("id", geo.get("place_id"))
    if place is not None and place not in places:
        places.append(place)
    kept: dict[str, Any] = {key: geo[key] for key in ("place_id", "coordinates") if key in geo}
    if place is not None and "place_id" not in kept:
        kept["place_id"] = place.get("id")
    return kept


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
