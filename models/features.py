"""Turns posts into weighted counts of word n-grams, as scikit-learn steps."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.validation import check_is_fitted

from models.tokens import squeeze, tokens
from models.tree import Features


def analyzer(features: Features) -> Callable[[str], list[str]]:
    """A function from a post to its features: squeezed tokens and their n-grams."""

    def analyze(text: str) -> list[str]:
        words = [squeeze(token) for token in tokens(text)]
        found = list(words)
        for length in range(2, features.words + 1):
            found += map(" ".join, zip(*(words[start:] for start in range(length)), strict=False))
        return found

    return analyze


def counter(features: Features, vocabulary: list[str] | None = None) -> CountVectorizer:
    """Counts features; with a `vocabulary` it is ready to use, without one it learns its own."""
    return CountVectorizer(
        analyzer=analyzer(features),
        min_df=1 if vocabulary is not None else features.min_count,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


class Rarity(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Weighs counts by inverse document frequency and evens out the length of posts.

    Like TfidfTransformer but for the length: a post is divided by the square root of the sum of
    count x idf^2 (there: count^2 x idf^2). For features that occur once the two are the same, and
    this sum can be added up token by token, which is what lets a model be folded into one table.
    """

    def fit(self, counts: sparse.csr_matrix, _: Any = None) -> "Rarity":
        """Learn how rare each feature is."""
        rows = counts.shape[0]
        frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        self.idf_ = (np.log((1 + rows) / (1 + frequency)) + 1).astype(np.float32)
        return self

    def transform(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Weighted counts of unit length; a post without a known feature stays all zero."""
        check_is_fitted(self)
        lengths = np.sqrt(counts @ self.idf_.astype(np.float64) ** 2)
        scale = 1 / np.where(lengths > 0, lengths, 1)
        weighted = counts.multiply(self.idf_).multiply(scale[:, None])
        return sparse.csr_matrix(weighted, dtype=np.float32)
