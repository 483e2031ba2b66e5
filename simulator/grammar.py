"""X's rule language: text into a tree, with X's restrictions.

Facts: docs.x.com, filtered stream, "Build a rule" and "Operators".
"""

import re
from dataclasses import dataclass

from simulator import places
from simulator.words import EMOJI, tokens

STANDALONE = frozenset(
    "from to retweets_of url context entity conversation_id bio bio_name bio_location place "
    "place_country point_radius bounding_box in_reply_to_tweet_id retweets_of_tweet_id".split()
)
DEPENDENT = frozenset("is has lang sample source min_followers followers_count".split())
IS = frozenset("retweet reply quote verified nullcast".split())
HAS = frozenset("hashtags cashtags links mentions media images video_link geo".split())
PROXIMITY_LIMIT = 6


class RuleError(ValueError):
    """A rule that X refuses; the text says why and where (positions count from 1)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at position {position})")


@dataclass(frozen=True, slots=True)
class Term:
    """One operator with its value; keywords and phrases have the operator `word`."""

    operator: str
    value: str
    negated: bool = False
    within: int | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part must match."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part must match."""

    parts: tuple["Node", ...]


Node = Term | All | Some

_LEX = re.compile(
    rf"""(?P<space>\s+)
    |(?P<open>\()|(?P<close>\))
    |(?P<not>-)
    |"(?P<phrase>[^"]*)"(?:~(?P<within>\d+))?
    |(?P<operator>[A-Za-z_]+):(?:"(?P<quoted>[^"]*)"|\[(?P<list>[^\]]*)\]|(?P<bare>[^\s()"]*))
    |(?P<sigil>[#@$])(?P<name>[\w·]+)
    |(?P<word>(?:[\w'’{EMOJI}\u0300-\u036f\u200d\ufe0e\ufe0f])+)""",
    re.VERBOSE,
)


def parse(text: str) -> Node:
    """Read a rule. Raises RuleError for all that X would not take."""
    node = _Parser(text).rule()
    if not _anchored(node):
        raise RuleError(
            "Rules must contain at least one positive, standalone operator "
            "in each part joined by OR",
            1,
        )
    return node


def _anchored(node: Node) -> bool:
    """Tell whether no way of matching rests on negated or dependent operators alone."""
    if isinstance(node, Some):
        return all(map(_anchored, node.parts))
    if isinstance(node, All):
        return any(map(_anchored, node.parts))
    return not node.negated and node.operator not in DEPENDENT


class _Parser:
    """Recursive descent; OR binds weaker than the space that means AND."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.next()

    def next(self) -> None:
        """Move to the next lexeme, past blanks."""
        while True:
            self.start = self.at
            if self.at == len(self.text):
                self.lexeme: re.Match[str] | None = None
                return
            self.lexeme = _LEX.match(self.text, self.at)
            if self.lexeme is None:
                character = self.text[self.at]
                message = f"no viable alternative at character '{character}'"
                if character == '"':
                    message = "missing closing quotation mark"
                raise RuleError(message, self.at + 1)
            self.at = self.lexeme.end()
            if self.lexeme.lastgroup != "space":
                return

    def sees(self, kind: str) -> bool:
        """Tell whether the current lexeme is of a kind."""
        return self.lexeme is not None and self.lexeme[kind] is not None

    def sees_or(self) -> bool:
        """Tell whether the current lexeme is the word OR."""
        return self.lexeme is not None and self.lexeme["word"] == "OR"

    def rule(self) -> Node:
        """Read the whole text."""
        if self.lexeme is None:
            raise RuleError("Rules must not be empty", 1)
        node = self.either()
        if self.lexeme is not None:
            raise RuleError("extraneous input ')' expecting <EOF>", self.start + 1)
        return node

    def either(self, depth: int = 0) -> Node:
        """Read parts joined by OR."""
        parts = [self.both(depth)]
        while self.sees_or():
            self.next()
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def both(self, depth: int) -> Node:
        """Read parts joined by blanks."""
        parts: list[Node] = []
        while self.lexeme is not None and not self.sees("close") and not self.sees_or():
            parts.append(self.part(depth))
        if not parts:
            found = self.text[self.start : self.at] or "<EOF>"
            raise RuleError(f"no viable alternative at '{found}'", self.start + 1)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def part(self, depth: int) -> Node:
        """Read a group or an operator with its sign."""
        start, negated = self.start, self.sees("not")
        if negated:
            self.next()
            if self.lexeme is None or self.start != start + 1:
                raise RuleError("no viable alternative at character '-'", start + 1)
        if self.sees("open"):
            if negated:
                raise RuleError("Negation of a group is not supported", start + 1)
            if depth > 50:
                raise RuleError("Groups are nested too deeply", start + 1)
            self.next()
            node = self.either(depth + 1)
            if not self.sees("close"):
                raise RuleError("missing ')' at '<EOF>'", self.start + 1)
            self.next()
            return node
        if self.lexeme is None or self.sees("not") or self.sees("close") or self.sees_or():
            raise RuleError("no viable alternative at character '-'", start + 1)
        lexeme = self.lexeme
        try:
            term = _term(lexeme, negated)
        except ValueError as error:
            raise RuleError(str(error), lexeme.start() + 1) from None
        self.next()
        self.check_gap(lexeme)
        return term

    def check_gap(self, before: re.Match[str]) -> None:
        """Refuse what runs on without a blank, as in coca-cola or rain,snow."""
        if self.lexeme is not None and self.start == before.end() and not self.sees("close"):
            character = self.text[self.start]
            raise RuleError(
                f"no viable alternative at character '{character}'; "
                "put text with punctuation between quotation marks",
                self.start + 1,
            )


def _term(lexeme: re.Match[str], negated: bool) -> Term:
    """Make a term of one lexeme; ValueError says why X would not take it."""
    if lexeme["word"] is not None:
        word = lexeme["word"]
        if word.lower() in ("and", "or"):
            raise ValueError(
                f"Ambiguous use of {word.lower()} as a keyword; "
                f'join clauses with a space or OR, or quote the word as "{word.lower()}"'
            )
        return _text(word, negated, None)
    if lexeme["phrase"] is not None:
        within = lexeme["within"]
        if within is not None and not 1 <= int(within) <= PROXIMITY_LIMIT:
            raise ValueError(f"Proximity must be between 1 and {PROXIMITY_LIMIT}")
        return _text(lexeme["phrase"], negated, int(within) if within else None)
    if lexeme["sigil"] is not None:
        return Term(lexeme["sigil"], lexeme["name"].lower(), negated)
    return _operator(lexeme, negated)


def _text(text: str, negated: bool, within: int | None) -> Term:
    """Make a keyword or phrase; it must hold something that a post can hold."""
    if not tokens(text):
        raise ValueError("A keyword or phrase must contain a word or an emoji")
    return Term("word", text, negated, within)


def _operator(lexeme: re.Match[str], negated: bool) -> Term:
    """Check an operator of the form name:value."""
    name = lexeme["operator"].lower()
    if name.startswith("embedding"):
        raise ValueError(f"Operator '{name}' is not available at this access level.")
    if name not in STANDALONE and name not in DEPENDENT:
        raise ValueError(f"Reference to invalid operator '{lexeme['operator']}'")
    value = lexeme["quoted"] or lexeme["list"] or lexeme["bare"] or ""
    if not value.strip():
        raise ValueError(f"Operator '{name}' needs a value")
    if (lexeme["list"] is not None) != (name in ("bounding_box", "point_radius")):
        raise ValueError(f"Operator '{name}' does not take this kind of value")
    _CHECKS.get(name, lambda value, negated: None)(value, negated)
    return Term(name, value.strip().lower(), negated)


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
