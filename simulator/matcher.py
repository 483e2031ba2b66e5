"""Rules against posts: each rule compiled once, candidates found by the words they need."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from simulator import places
from simulator.grammar import Node, Some, Term
from simulator.posts import Post
from simulator.words import tokens

_BREAK = "\0"


class Subject:
    """What rules may look at in one post; each part is worked out when first asked for."""

    def __init__(self, post: Post, search: bool = False) -> None:
        self.post = post
        self.data = post.data
        self._search = search
        original = post.reference("retweeted")
        text = original.text() if original else post.text()
        found = tokens(text, search)
        quoted = None if search else post.reference("quoted")
        if quoted:
            found += [_BREAK, *tokens(quoted.text())]
        self.tokens = found
        self.words = frozenset(found)

    @cached_property
    def line(self) -> str:
        """All tokens with blanks around each, to look phrases up in."""
        return f" {' '.join(self.tokens)} "

    @cached_property
    def entities(self) -> list[dict[str, Any]]:
        """The entities of the post, of the original of a retweet and of a quoted post."""
        posts = [self.post, self.post.reference("retweeted")]
        if not self._search:
            posts.append(self.post.reference("quoted"))
        found = []
        for post in filter(None, posts):
            found.append(post.data.get("entities") or {})
            found.append((post.data.get("note_tweet") or {}).get("entities") or {})
        return found

    def entity(self, kind: str, key: str) -> set[str]:
        """Give one key of all entities of a kind, in lower case."""
        return {
            str(item.get(key, "")).lower()
            for group in self.entities
            for item in group.get(kind, ())
        }

    @cached_property
    def author(self) -> dict[str, Any]:
        """The author's user object, empty when unknown."""
        return self.post.author.data if self.post.author else {}

    def user(self, user_id: str | None) -> set[str]:
        """Give the names by which a rule may call a user: id and handle."""
        if not user_id:
            return set()
        known = [self.post.author, *self.post.users]
        known += [original.author for original in self.post.referenced]
        names = {user_id}
        names |= {
            str(user.data.get("username", "")).lower()
            for user in known
            if user and user.data["id"] == user_id
        }
        return names

    @cached_property
    def point(self) -> tuple[float, float] | None:
        """The exact longitude and latitude, when the post has one."""
        exact = ((self.data.get("geo") or {}).get("coordinates") or {}).get("coordinates")
        return (float(exact[0]), float(exact[1])) if exact else None

    @cached_property
    def box(self) -> places.Box | None:
        """The box of the post's place, when it has one."""
        bbox = (self.post.place.data.get("geo") or {}).get("bbox") if self.post.place else None
        return places.Box(*bbox) if bbox else None

    def lies_in(self, area: places.Box | places.Circle) -> bool:
        """Tell whether the exact point or else the whole place is in an area; never a retweet."""
        if self.post.refers("retweeted"):
            return False
        if self.point:
            return area.holds(*self.point)
        return self.box is not None and area.encloses(self.box)


Test = Callable[[Subject], bool]


class Named(Protocol):
    """What a matcher needs of a rule."""

    node: Node


def compile_node(node: Node, fold_accents: bool = False) -> Test:
    """Turn a rule's tree into a function that tells whether it matches a subject."""
    if isinstance(node, Term):
        test = _compile_term(node, fold_accents)
        return (lambda s: not test(s)) if node.negated else test
    tests = [compile_node(part, fold_accents) for part in node.parts]
    if isinstance(node, Some):
        return lambda s: any(t(s) for t in tests)
    return lambda s: all(t(s) for t in tests)


def needed_words(node: Node) -> frozenset[str] | None:
    """Give words of which a matching post has at least one, or None when there are none."""
    if isinstance(node, Term):
        if node.operator != "word" or node.negated:
            return None
        return frozenset([max(tokens(node.value), key=len)])
    found = [needed_words(part) for part in node.parts]
    if isinstance(node, Some):
        known = [words for words in found if words is not None]
        return frozenset().union(*known) if len(known) == len(found) else None
    return min((words for words in found if words is not None), key=len, default=None)


R = TypeVar("R", bound=Named)


class Matcher(Generic[R]):
    """A set of rules ready to be run against posts."""

    def __init__(self, rules: Iterable[R]) -> None:
        self._by_word: dict[str, list[tuple[int, R, Test]]] = defaultdict(list)
        self._rest: list[tuple[int, R, Test]] = []
        for number, rule in enumerate(rules):
            entry = (number, rule, compile_node(rule.node))
            words = needed_words(rule.node)
            for word in words or ():
                self._by_word[word].append(entry)
            if words is None:
                self._rest.append(entry)
        self._indexed = frozenset(self._by_word)

    def match(self, post: Post) -> tuple[R, ...]:
        """Give the rules that match a post, in the order in which they were added."""
        subject = Subject(post)
        hits = [(n, rule) for n, rule, test in self._rest if test(subject)]
        for word in self._indexed & subject.words:
            hits += [(n, rule) for n, rule, test in self._by_word[word] if test(subject)]
        if len(hits) > 1:
            hits = sorted(dict(hits).items())
        return tuple(rule for _, rule in hits)


def _compile_term(term: Term, fold: bool) -> Test:
    if term.operator == "word":
        return _compile_words(term, fold)
    return _COMPILE[term.operator](term.value)


def _compile_words(term: Term, fold: bool) -> Test:
    wanted = tokens(term.value, fold)
    if len(wanted) == 1:
        word = wanted[0]
        return lambda s: word in s.words
    if term.within is not None:
        reach = term.within
        return lambda s: _near(s.tokens, wanted, reach)
    phrase = f" {' '.join(wanted)} "
    return lambda s: phrase in s.line


def _near(found: list[str], wanted: list[str], reach: int) -> bool:
    """Tell whether all wanted words stand within reach; in reverse order by two less."""
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


def _range(value: str, exact_is_minimum: bool) -> tuple[int, float]:
    low, dots, high = value.partition("..")
    return int(low), float(high) if dots else (float("inf") if exact_is_minimum else int(low))


def _followers(value: str, exact_is_minimum: bool) -> Test:
    low, high = _range(value, exact_is_minimum)

    def test(subject: Subject) -> bool:
        metrics = subject.author.get("public_metrics") or {}
        return low <= metrics.get("followers_count", -1) <= high

    return test


def _phrase_in(pick: Callable[[Subject], str]) -> Callable[[str], Test]:
    def compiled(value: str) -> Test:
        phrase = f" {' '.join(tokens(value))} "
        return lambda s: phrase in f" {' '.join(tokens(pick(s)))} "

    return compiled


def _url(value: str) -> Test:
    phrase = f" {' '.join(tokens(value))} "

    def test(subject: Subject) -> bool:
        urls = subject.entity("urls", "expanded_url") | subject.entity("urls", "url")
        return any(phrase in f" {' '.join(tokens(url))} " for url in urls)

    return test


def _place(value: str) -> Test:
    def test(subject: Subject) -> bool:
        if subject.post.place is None:
            return False
        place = subject.post.place.data
        names = {str(place.get(key, "")).lower() for key in ("id", "name", "full_name")}
        phrase = f" {' '.join(tokens(value))} "
        return value in names or phrase in f" {' '.join(tokens(place.get('full_name', '')))} "

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
    "from": lambda value: lambda s: value in s.user(s.data.get("author_id")),
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
    "lang": lambda value: lambda s: str(s.data.get("lang", "")).lower() == value,
    "sample": _sampled,
    "source": _phrase_in(lambda s: s.data.get("source") or ""),
    "min_followers": lambda value: _followers(value, True),
    "followers_count": lambda value: _followers(value, False),
}
