"""X's rule language: text into a tree, with X's restrictions.

Facts: docs.x.com, filtered stream, "Build a rule" and "Operators".
"""

import re
from dataclasses import dataclass

from simulator import operands
from streams.tokens import EMOJI, tokens

PROXIMITY_LIMIT = 6


class RuleSyntaxError(ValueError):
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
        raise RuleSyntaxError(
            "Rules must contain at least one positive, standalone operator "
            "in each part joined by OR",
            1,
        )
    return node


def _anchored(node: Node) -> bool:
    """Return whether no way of matching rests on negated or dependent operators alone."""
    if isinstance(node, Some):
        return all(map(_anchored, node.parts))
    if isinstance(node, All):
        return any(map(_anchored, node.parts))
    return not node.negated and node.operator not in operands.DEPENDENT


class _Parser:
    """Recursive descent; OR binds weaker than the space that means AND."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.start = 0
        self.lexeme: re.Match[str] | None = None
        self.next()

    def next(self) -> None:
        """Move to the next lexeme, past blanks."""
        while True:
            self.start = self.at
            self.lexeme = None
            if self.at == len(self.text):
                return
            self.lexeme = _LEX.match(self.text, self.at)
            if self.lexeme is None:
                character = self.text[self.at]
                message = f"no viable alternative at character '{character}'"
                if character == '"':
                    message = "missing closing quotation mark"
                raise RuleSyntaxError(message, self.at + 1)
            self.at = self.lexeme.end()
            if self.lexeme.lastgroup != "space":
                return

    def sees(self, kind: str) -> bool:
        """Return whether the current lexeme is of a kind."""
        return self.lexeme is not None and self.lexeme[kind] is not None

    def sees_or(self) -> bool:
        """Return whether the current lexeme is the word OR."""
        return self.lexeme is not None and self.lexeme["word"] == "OR"

    def rule(self) -> Node:
        """Read the whole text."""
        if self.lexeme is None:
            raise RuleSyntaxError("Rules must not be empty", 1)
        node = self.either()
        if self.sees("close"):
            raise RuleSyntaxError("extraneous input ')' expecting <EOF>", self.start + 1)
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
            raise RuleSyntaxError(f"no viable alternative at '{found}'", self.start + 1)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def part(self, depth: int) -> Node:
        """Read a group or an operator with its sign."""
        start, negated = self.start, self.sees("not")
        if negated:
            self.next()
            if self.lexeme is None or self.start != start + 1:
                raise RuleSyntaxError("no viable alternative at character '-'", start + 1)
        if self.sees("open"):
            if negated:
                raise RuleSyntaxError("Negation of a group is not supported", start + 1)
            if depth > 50:
                raise RuleSyntaxError("Groups are nested too deeply", start + 1)
            self.next()
            node = self.either(depth + 1)
            if not self.sees("close"):
                raise RuleSyntaxError("missing ')' at '<EOF>'", self.start + 1)
            self.next()
            return node
        if self.lexeme is None or self.sees("not") or self.sees("close") or self.sees_or():
            raise RuleSyntaxError("no viable alternative at character '-'", start + 1)
        lexeme = self.lexeme
        try:
            term = _term(lexeme, negated)
        except ValueError as error:
            raise RuleSyntaxError(str(error), lexeme.start() + 1) from None
        self.next()
        self.check_gap(lexeme)
        return term

    def check_gap(self, before: re.Match[str]) -> None:
        """Refuse what runs on without a blank, as in coca-cola or rain,snow."""
        if self.lexeme is not None and self.start == before.end() and not self.sees("close"):
            character = self.text[self.start]
            raise RuleSyntaxError(
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
    value = (lexeme["quoted"] or lexeme["list"] or lexeme["bare"] or "").strip()
    operands.check(name, value, negated, listed=lexeme["list"] is not None)
    return Term(name, value.lower(), negated)
