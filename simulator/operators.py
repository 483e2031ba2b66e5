"""The operators of the rule language, each compiled into a test of a post."""

import zlib
from collections.abc import Callable

from simulator import places
from simulator.grammar import Term
from simulator.subject import Subject
from streams.tokens import line_of, tokens

Test = Callable[[Subject], bool]


def compile_term(term: Term, fold_accents: bool) -> Test:
    """Turn one operator into a test; its negation is left to the caller."""
    if term.operator == "word":
        return _compile_words(term, fold_accents)
    return _COMPILE[term.operator](term.value)


def _compile_words(term: Term, fold: bool) -> Test:
    wanted = tokens(term.value, fold)
    if len(wanted) == 1:
        word = wanted[0]
        return lambda s: word in s.words
    if term.within is not None:
        reach = term.within
        return lambda s: _near(s.tokens, wanted, reach)
    phrase = line_of(wanted)
    return lambda s: phrase in s.line


def _near(found: list[str], wanted: list[str], reach: int) -> bool:
    """Return whether all wanted words stand within reach; in reverse order by two less."""
    spots = [[i for i, token in enumerate(found) if token == word] for word in wanted]
    for first in spots[0]:
        ahead = all(any(0 < i - first <= reach for i in later) for later in spots[1:])
        behind = all(any(0 < first - i <= reach - 2 for i in later) for later in spots[1:])
        if ahead or behind:
            return True
    return False


def _sampled(value: str) -> Test:
    share = int(value)
    return lambda s: zlib.crc32(s.post.id.encode()) % 100 < share


def _followers(value: str, is_minimum: bool) -> Test:
    first, dots, last = value.partition("..")
    low = int(first)
    high = float(last) if dots else (float("inf") if is_minimum else low)

    def test(subject: Subject) -> bool:
        metrics = subject.author.get("public_metrics") or {}
        return bool(low <= metrics.get("followers_count", -1) <= high)

    return test


def _phrase_in(pick: Callable[[Subject], str]) -> Callable[[str], Test]:
    def compiled(value: str) -> Test:
        phrase = line_of(tokens(value))
        return lambda s: phrase in line_of(tokens(pick(s)))

    return compiled


def _url(value: str) -> Test:
    phrase = line_of(tokens(value))

    def test(subject: Subject) -> bool:
        urls = subject.entity("urls", "expanded_url") | subject.entity("urls", "url")
        return any(phrase in line_of(tokens(url)) for url in urls)

    return test


def _place(value: str) -> Test:
    def test(subject: Subject) -> bool:
        if subject.post.place is None:
            return False
        place = subject.post.place.data
        names = {str(place.get(key, "")).lower() for key in ("id", "name", "full_name")}
        phrase = line_of(tokens(value))
        return value in names or phrase in line_of(tokens(place.get("full_name", "")))

    return test


def _country(value: str) -> Test:
    def test(subject: Subject) -> bool:
        place = subject.post.place
        return place is not None and str(place.data.get("country_code", "")).lower() == value

    return test


def _context(value: str) -> Test:
    domain, _, entity = value.partition(".")

    def test(subject: Subject) -> bool:
        return any(
            domain in (note.get("domain", {}).get("id"), "*")
            and entity in (note.get("entity", {}).get("id"), "*")
            for note in subject.data.get("context_annotations") or ()
        )

    return test


def _annotated(value: str) -> Test:
    return lambda s: value in s.entity("annotations", "normalized_text")


def _retweets_of(value: str) -> Test:
    def test(subject: Subject) -> bool:
        original = subject.post.reference("retweeted")
        return original is not None and value in subject.user(original.data.get("author_id"))

    return test


def _from(value: str) -> Test:
    def test(subject: Subject) -> bool:
        name = subject.author.get("username", "")
        return subject.data.get("author_id") == value or str(name).lower() == value

    return test


def _links_to(kind: str) -> Callable[[str], Test]:
    def compiled(value: str) -> Test:
        return lambda s: any(
            link["type"] == kind and link["id"] == value
            for link in s.data.get("referenced_tweets") or ()
        )

    return compiled


def _has(value: str) -> Test:
    kinds = {"hashtags": "hashtags", "cashtags": "cashtags", "links": "urls"}
    kinds["mentions"] = "mentions"
    if value in kinds:
        return lambda s: any(group.get(kinds[value]) for group in s.entities)
    if value == "geo":
        return lambda s: s.point is not None or s.post.place is not None
    types = {"images": {"photo"}, "video_link": {"video"}}.get(value)

    def test(subject: Subject) -> bool:
        media = subject.post.media
        return any(types is None or m.data.get("type") in types for m in media)

    return test


def _is(value: str) -> Test:
    kinds = {"retweet": "retweeted", "reply": "replied_to", "quote": "quoted"}
    if value in kinds:
        return lambda s: s.post.refers(kinds[value])
    if value == "verified":
        return lambda s: bool(s.author.get("verified"))
    return lambda s: False


def _lang(value: str) -> Test:
    def test(subject: Subject) -> bool:
        code = str(subject.data.get("lang", "")).lower()
        return value in (code, code.partition("-")[0])

    return test


def _box(value: str) -> Test:
    area = places.parse_box(value)
    return lambda s: s.lies_in(area)


def _circle(value: str) -> Test:
    area = places.parse_circle(value)
    return lambda s: s.lies_in(area)


_COMPILE: dict[str, Callable[[str], Test]] = {
    "#": lambda value: lambda s: value in s.entity("hashtags", "tag"),
    "@": lambda value: lambda s: value in s.entity("mentions", "username"),
    "$": lambda value: lambda s: value in s.entity("cashtags", "tag"),
    "from": _from,
    "to": lambda value: lambda s: value in s.user(s.data.get("in_reply_to_user_id")),
    "retweets_of": _retweets_of,
    "retweets_of_tweet_id": _links_to("retweeted"),
    "in_reply_to_tweet_id": _links_to("replied_to"),
    "conversation_id": lambda value: lambda s: s.data.get("conversation_id") == value,
    "url": _url,
    "context": _context,
    "entity": _annotated,
    "bio": _phrase_in(lambda s: s.author.get("description") or ""),
    "bio_name": _phrase_in(lambda s: s.author.get("name") or ""),
    "bio_location": _phrase_in(lambda s: s.author.get("location") or ""),
    "place": _place,
    "place_country": _country,
    "bounding_box": _box,
    "point_radius": _circle,
    "is": _is,
    "has": _has,
    "lang": _lang,
    "sample": _sampled,
    "source": _phrase_in(lambda s: s.data.get("source") or ""),
    "min_followers": lambda value: _followers(value, True),
    "followers_count": lambda value: _followers(value, False),
}

# One test of every operator, to find out whether a post from outside can be matched at all.
REHEARSAL = tuple(
    _COMPILE[operator](value)
    for operator, values in {
        **dict.fromkeys(_COMPILE, ("1",)),
        "place_country": ("xx",),
        "bounding_box": ("0 0 0.1 0.1",),
        "point_radius": ("0 0 1km",),
        "context": ("1.2",),
        "is": ("retweet", "verified"),
        "has": ("geo", "links", "images", "media"),
    }.items()
    for value in values
)
