"""Posts of X in forms of other vendors and tools: Gnip activities, TCAT and twarc-csv tables."""

from typing import Any

import msgspec


def from_gnip(activity: dict[str, Any]) -> dict[str, Any] | None:
    """Return a Gnip or PowerTrack activity as a v1.1 status; None when it holds no post."""
    inner = activity.get("object")
    shared = inner if isinstance(inner, dict) else {}
    text = _gnip_text(activity) or shared.get("summary")
    if not text:
        return None
    generator = activity.get("generator")
    status = {
        "id_str": _last_part(activity.get("id")),
        "full_text": text,
        "created_at": activity.get("postedTime"),
        "lang": activity.get("twitter_lang"),
        "source": generator.get("displayName") if isinstance(generator, dict) else None,
        "user": _gnip_user(activity.get("actor")),
        "geo": activity.get("geo"),
        "place": _gnip_place(activity.get("location")),
    }
    replied = activity.get("inReplyTo")
    if isinstance(replied, dict):
        status["in_reply_to_status_id_str"] = str(replied.get("link") or "").rpartition("/")[2]
    quoted = activity.get("twitter_quoted_status")
    if isinstance(quoted, dict):
        status["quoted_status_id_str"] = _last_part(quoted.get("id"))
    if activity.get("verb") == "share" and (original := from_gnip(shared)):
        status["retweeted_status"] = original
    return status


def _gnip_text(activity: dict[str, Any]) -> Any:
    long = activity.get("long_object")
    return (long.get("body") if isinstance(long, dict) else None) or activity.get("body")


def _gnip_user(actor: Any) -> dict[str, Any] | None:
    if not isinstance(actor, dict):
        return None
    return {
        "id_str": _last_part(actor.get("id")),
        "screen_name": actor.get("preferredUsername"),
        "name": actor.get("displayName"),
        "profile_image_url_https": actor.get("image"),
    }


def _gnip_place(location: Any) -> dict[str, Any] | None:
    if not isinstance(location, dict) or not location.get("displayName"):
        return None
    return {
        "full_name": location["displayName"],
        "country_code": location.get("twitter_country_code"),
        "bounding_box": location.get("geo"),
    }


def _last_part(identifier: Any) -> str | None:
    """Return what follows the last colon of tag:search.twitter.com,2005:1990."""
    return str(identifier).rpartition(":")[2] if identifier else None


def from_tcat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a DMI-TCAT export as a v1.1 status; its times are in UTC."""
    status: dict[str, Any] = {
        "id_str": row["id"],
        "full_text": row.get("text"),
        "created_at": row.get("created_at"),
        "lang": row.get("lang"),
        "source": row.get("source"),
        "in_reply_to_status_id_str": row.get("in_reply_to_status_id"),
        "quoted_status_id_str": row.get("quoted_status_id"),
        "user": {
            "id_str": row.get("from_user_id"),
            "screen_name": row.get("from_user_name"),
            "name": row.get("from_user_realname"),
            "profile_image_url_https": row.get("from_user_profile_image_url"),
        },
    }
    point = [_number(row.get("lng")), _number(row.get("lat"))]
    if None not in point and point != [0, 0]:
        status["coordinates"] = {"type": "Point", "coordinates": point}
    if row.get("retweet_id"):
        status["retweeted_status"] = {"id_str": row["retweet_id"], "text": row.get("text")}
    return status


def from_twarc_csv(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of twarc-csv as a flattened v2 post."""
    post: dict[str, Any] = {name: row[name] for name in _PLAIN if row.get(name)}
    author = {name: row.get(f"author.{name}") for name in _AUTHOR if row.get(f"author.{name}")}
    if author:
        post["author"] = {"id": row.get("author_id"), **author}
    references = ((kind, row.get(f"referenced_tweets.{kind}.id")) for kind in _REFERENCES)
    if found := [{"type": kind, "id": id} for kind, id in references if id]:
        post["referenced_tweets"] = found
    if geo := _twarc_geo(row):
        post["geo"] = geo
    return post


_PLAIN = ("id", "text", "created_at", "lang", "source", "author_id", "conversation_id")
_AUTHOR = ("id", "username", "name", "profile_image_url")
_REFERENCES = ("retweeted", "quoted", "replied_to")


def _twarc_geo(row: dict[str, Any]) -> dict[str, Any]:
    geo: dict[str, Any] = {}
    if point := _json(row.get("geo.coordinates.coordinates")):
        geo["coordinates"] = {"type": "Point", "coordinates": point}
    if name := row.get("geo.full_name"):
        geo["place_id"] = row.get("geo.place_id") or row.get("geo.id") or "csv-place"
        geo["place"] = {
            "id": geo["place_id"],
            "full_name": name,
            "country_code": row.get("geo.country_code"),
            "geo": {"bbox": _json(row.get("geo.geo.bbox"))},
        }
    return geo


def _json(text: Any) -> Any:
    try:
        return msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, TypeError):
        return None


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
