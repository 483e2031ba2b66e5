"""A trained hierarchy compiled into one table: each feature is a row, a score is a sum of rows."""

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from models.artefact import Floats, Weights
from models.scopes import mark_scopes
from models.tokens import KnownWords

_TINY = np.float32(1e-30)


class _Head(NamedTuple):
    """Where a node's columns are in the table, and what follows the sum."""

    length: int  # column with idf^2; the hidden columns follow it
    stop: int
    bias: Floats
    second: Floats
    bias2: Floats


def known_words(weights: Sequence[Weights]) -> KnownWords:
    """Return the reader of posts for the vocabularies of all nodes together."""
    rarity: dict[str, float] = {}
    for node in weights:
        rarity.update(zip(node.vocabulary, node.idf.tolist(), strict=True))
    return KnownWords(rarity)


class CompiledModel:
    """Scores of every node for a batch of posts, equal to the pipelines' to 1e-5.

    The row of a feature holds, for each node, idf^2 and then idf x first-layer weights. A pipeline
    divides a post by sqrt(sum of idf^2) last, so the sum of its rows is all that its scores need.
    """

    def __init__(self, weights: Sequence[Weights], longest: int, has_scopes: bool) -> None:
        """Compile `weights`, one per node; `longest` is the length of the longest word n-gram.

        `has_scopes` says whether a node looks at marks of scopes.
        """
        names = sorted({name for node in weights for name in node.vocabulary})
        # LabelledPost 0 stands for what the model does not know, and is all zero.
        self._row = {name: number for number, name in enumerate(names, start=1)}
        # n-grams as tuples: half the time of joining tokens to look them up. Each word once.
        words: dict[str, str] = {}
        self._gram = {
            tuple(words.setdefault(word, word) for word in name.split(" ")): number
            for name, number in self._row.items()
            if " " in name
        }
        self._longest, self._has_scopes = longest, has_scopes
        self._known = known_words(weights)
        self._heads: list[_Head] = []
        self._table = np.zeros(
            (len(names) + 1, sum(1 + node.first.shape[1] for node in weights)), np.float32
        )
        start = 0
        for node in weights:
            stop = start + 1 + node.first.shape[1]
            rows = [self._row[name] for name in node.vocabulary]
            self._table[rows, start] = node.idf**2
            self._table[rows, start + 1 : stop] = node.idf[:, None] * node.first
            self._heads.append(_Head(start, stop, node.bias, node.second, node.bias2))
            start = stop

    def rows(self, text: str) -> list[int]:
        """Return the row number of each feature in `text`, repeated as often as it occurs."""
        row, gram = self._row, self._gram
        words = self._known.words(text)
        found = list(map(row.get, words, repeat(0)))
        for length in range(2, self._longest + 1):
            grams = zip(*(words[start:] for start in range(length)), strict=False)
            found += map(gram.get, grams, repeat(0))
        if self._has_scopes:
            mark_scopes(found, words, lambda scope: row.get(scope.mark, 0), 0)
        return list(filter(None, found))

    def features(self) -> list[str]:
        """Return all features that the model knows (tokens and n-grams), in alphabetical order."""
        return list(self._row)

    def spans(self, text: str) -> tuple[list[str], list[tuple[Sequence[int], int]]]:
        """Return the tokens of `text`, and the places of the tokens and the row of each feature."""
        words = self._known.words(text)
        found: list[tuple[Sequence[int], int]] = [
            (
                range(start, start + length),
                self._row.get(" ".join(words[start : start + length]), 0),
            )
            for length in range(1, self._longest + 1)
            for start in range(len(words) - length + 1)
        ]
        if self._has_scopes:
            mark_scopes(
                found, words, lambda scope: (scope.places, self._row.get(scope.mark, 0)), ((), 0)
            )
        return words, [span for span in found if span[1]]

    def scores(self, posts: Sequence[Sequence[int]]) -> list[Floats]:
        """Return for each node the scores of each post: an array (posts, 1 or children)."""
        sums = self._sums(posts)
        scores: list[Floats] = []
        for head in self._heads:
            # A post without known features sums to 0; the tiny divisor keeps it at 0.
            length: Floats = np.sqrt(np.maximum(sums[:, head.length : head.length + 1], _TINY))
            score: Floats = sums[:, head.length + 1 : head.stop] / length + head.bias
            if head.second.size:
                score = np.maximum(score, 0) @ head.second + head.bias2
            scores.append(score)
        return scores

    def _sums(self, posts: Sequence[Sequence[int]]) -> Floats:
        if len(posts) == 1:
            alone: Floats = self._table.take(posts[0], axis=0).sum(axis=0, keepdims=True)
            return alone
        # LabelledPost 0 after each post: reduceat() cannot add up an empty stretch.
        flat = [number for post in posts for number in (*post, 0)]
        ends = np.cumsum([len(post) + 1 for post in posts])
        starts = np.concatenate(([0], ends[:-1]))
        return np.add.reduceat(self._table.take(flat, axis=0), starts, axis=0)
