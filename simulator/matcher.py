"""Rules against posts: each rule compiled once, candidates found by the words they need."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar

from simulator.grammar import Node, Some, Term
from simulator.operators import Test, compile_term
from simulator.posts import SimulatedPost
from simulator.subject import Subject
from streams.tokens import tokens


class HasNode(Protocol):
    """What a matcher needs of a rule."""

    node: Node


def compile_node(node: Node, fold_accents: bool = False) -> Test:
    """Turn a rule's tree into a function that tells whether it matches a subject."""
    if isinstance(node, Term):
        test = compile_term(node, fold_accents)
        return (lambda s: not test(s)) if node.negated else test
    if isinstance(node, Some):
        return _compile_some(node, fold_accents)
    tests = [compile_node(part, fold_accents) for part in node.parts]
    return lambda s: all(t(s) for t in tests)


def _compile_some(node: Some, fold: bool) -> Test:
    """Compile alternatives; single words among them become one set, as lists of words are long."""
    found = {part: _plain_words(part, fold) for part in node.parts}
    tests = [compile_node(part, fold) for part in node.parts if len(found[part]) != 1]
    words = frozenset(own[0] for own in found.values() if len(own) == 1)
    if not tests:
        return lambda s: not words.isdisjoint(s.words)
    return lambda s: not words.isdisjoint(s.words) or any(t(s) for t in tests)


def _plain_words(node: Node, fold: bool) -> list[str]:
    """Return the tokens of a keyword or phrase that is neither negated nor a proximity."""
    if isinstance(node, Term) and node.operator == "word" and not node.negated:
        return tokens(node.value, fold) if node.within is None else []
    return []


def needed_words(node: Node) -> frozenset[str] | None:
    """Return words of which a matching post has at least one, or None when there are none."""
    if isinstance(node, Term):
        if node.operator != "word" or node.negated:
            return None
        return frozenset([max(tokens(node.value), key=len)])
    found = [needed_words(part) for part in node.parts]
    if isinstance(node, Some):
        known = [words for words in found if words is not None]
        return frozenset().union(*known) if len(known) == len(found) else None
    return min((words for words in found if words is not None), key=len, default=None)


R = TypeVar("R", bound=HasNode)


class Matcher(Generic[R]):
    """A set of rules ready to be run against posts."""

    def __init__(self, rules: Iterable[R]) -> None:
        self._by_word: dict[str, dict[int, tuple[R, Test]]] = defaultdict(dict)
        self._rest: dict[int, tuple[R, Test]] = {}
        for number, rule in enumerate(rules):
            entry = (rule, compile_node(rule.node))
            words = needed_words(rule.node)
            for word in words or ():
                self._by_word[word][number] = entry
            if words is None:
                self._rest[number] = entry
        self._indexed = frozenset(self._by_word)

    def match(self, post: SimulatedPost) -> tuple[R, ...]:
        """Return the rules that match a post, in the order in which they were added."""
        if post.matched and post.matched[0] is self:
            found_before: tuple[R, ...] = post.matched[1]
            return found_before
        if not self._indexed and not self._rest:
            return ()
        subject = Subject(post)
        candidates = self._rest
        found = self._indexed & subject.words
        if found:
            candidates = dict(self._rest)
            for word in found:
                candidates.update(self._by_word[word])
        return tuple(
            rule for _, (rule, test) in sorted(candidates.items(), key=_number) if test(subject)
        )


def _number(candidate: tuple[int, Any]) -> int:
    return candidate[0]
