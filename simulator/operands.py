"""The operators of the form name:value: which there are and what values they take.

Facts: docs.x.com, filtered stream, "Operators".
"""

import re

from simulator import places

STANDALONE = frozenset(
    "from to retweets_of url context entity conversation_id bio bio_name bio_location place "
    "place_country point_radius bounding_box in_reply_to_tweet_id retweets_of_tweet_id".split()
)
DEPENDENT = frozenset("is has lang sample source min_followers followers_count".split())
IS = frozenset("retweet reply quote verified nullcast".split())
HAS = frozenset("hashtags cashtags links mentions media images video_link geo".split())


def check(name: str, value: str, negated: bool, listed: bool) -> None:
    """Check an operator and its value; ValueError says why X would not take it.

    `listed` tells whether the value was written in square brackets.
    """
    if name.startswith("embedding"):
        raise ValueError(f"Operator '{name}' is not available at this access level.")
    if name not in STANDALONE and name not in DEPENDENT:
        raise ValueError(f"Reference to invalid operator '{name}'")
    if not value:
        raise ValueError(f"Operator '{name}' needs a value")
    if listed != (name in ("bounding_box", "point_radius")):
        raise ValueError(f"Operator '{name}' does not take this kind of value")
    if name in _CHECKS:
        _CHECKS[name](value, negated)


def _check_is(value: str, negated: bool) -> None:
    if value.lower() not in IS:
        raise ValueError(f"Reference to invalid operator 'is:{value}'")
    if value.lower() == "nullcast" and not negated:
        raise ValueError("is:nullcast must be negated")


def _check_has(value: str, negated: bool) -> None:
    if value.lower() not in HAS:
        raise ValueError(f"Reference to invalid operator 'has:{value}'")


def _check_sample(value: str, negated: bool) -> None:
    if negated:
        raise ValueError("sample cannot be negated")
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 100):
        raise ValueError("sample takes a whole number from 1 to 100")


def _check_lang(value: str, negated: bool) -> None:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z]{2,4})?", value):
        raise ValueError(f"Invalid language '{value}'")


def _check_country(value: str, negated: bool) -> None:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise ValueError("place_country takes a two-letter ISO country code")


def _check_user(value: str, negated: bool) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_]{1,20}", value):
        raise ValueError(f"Invalid user '{value}'")


def _check_range(value: str, negated: bool) -> None:
    if not re.fullmatch(r"\d{1,12}(\.\.\d{1,12})?", value):
        raise ValueError("A follower count is a number or a range such as 10..500")


def _check_number(value: str, negated: bool) -> None:
    if not re.fullmatch(r"[0-9]{1,19}", value):
        raise ValueError(f"Invalid id '{value}'")


def _check_box(value: str, negated: bool) -> None:
    places.parse_box(value)


def _check_circle(value: str, negated: bool) -> None:
    places.parse_circle(value)


_CHECKS = {
    "is": _check_is,
    "has": _check_has,
    "sample": _check_sample,
    "lang": _check_lang,
    "place_country": _check_country,
    "from": _check_user,
    "to": _check_user,
    "retweets_of": _check_user,
    "min_followers": _check_range,
    "followers_count": _check_range,
    "conversation_id": _check_number,
    "in_reply_to_tweet_id": _check_number,
    "retweets_of_tweet_id": _check_number,
    "bounding_box": _check_box,
    "point_radius": _check_circle,
}
