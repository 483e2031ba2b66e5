"""A flattened v2 post (twarc2 flatten, 4CAT), unfolded into the line that X's stream sends."""

from typing import Any

import msgspec

AUTHORS = ("author", "author_user")
"""Where the author is put: by twarc, by 4CAT."""
INLINED = (*AUTHORS, "in_reply_to_user", "matching_rules", "__twarc")


def as_payload(post: dict[str, Any]) -> bytes:
    """Return `{"data": …, "includes": …}` with what had been folded in at its own place again."""
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
