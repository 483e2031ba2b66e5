"""One node's scikit-learn pipeline: fits it, extracts its weights, and rebuilds it from them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from models.artefact import Floats, Weights
from models.labelled_posts import DataError
from models.network import NetworkFit
from models.scopes import mark_scopes
from models.tokens import KnownWords, squeeze, tokens
from models.tree import Features, Linear, Node


class WeightedPosts(NamedTuple):
    """What a node looks at in each post: `x` has a row a post and a column a feature."""

    x: sparse.csr_matrix
    vocabulary: list[str]
    idf: Floats


def weigh(features: Features, texts: Sequence[str]) -> WeightedPosts:
    """Count and weigh the features of posts; raises DataError when none is frequent enough."""
    counts = counter(features)
    rarity = Rarity()
    try:
        x = rarity.fit_transform(counts.fit_transform(texts))
    except ValueError:
        raise DataError(f"no feature occurs in {features.min_count} posts or more") from None
    return WeightedPosts(x, [str(name) for name in counts.get_feature_names_out()], rarity.idf_)


def fit(
    node: Node, posts: WeightedPosts, targets: NDArray[np.float64], weight: NDArray[np.float64]
) -> Iterator[Weights]:
    """Fit `node`, yielding the weights after each pass over the data (one pass when linear).

    `targets` has a row a post and a column a child, the shares of the children in that post
    (one-hot when the label is certain); `weight` is the weight of each post.
    """
    x, vocabulary, idf = posts
    if isinstance(node.estimator, Linear):
        rows, children = np.nonzero(targets)
        shares = targets[rows, children] * weight[rows]
        shares /= shares.mean()
        model = LogisticRegression(C=node.estimator.c, max_iter=500, tol=1e-5)
        model.fit(x[rows], children, sample_weight=shares)
        yield Weights(
            vocabulary,
            idf,
            np.ascontiguousarray(model.coef_.T, dtype=np.float32),
            model.intercept_.astype(np.float32),
            np.empty((0, 0), np.float32),
            np.empty(0, np.float32),
        )
        return
    network = NetworkFit(node.estimator, x.shape[1], targets.shape[1])
    for _ in network.passes(x, targets, weight):
        parts = (network.first, network.bias, network.second, network.bias2)
        yield Weights(vocabulary, idf, *(part.copy() for part in parts))


def pipeline(node: Node, weights: Weights, known: KnownWords) -> Pipeline:
    """Return the scikit-learn pipeline of `weights`: text in, scores out.

    `known` is the reader of posts for the vocabularies of all nodes.
    """
    rarity = Rarity()
    rarity.idf_ = weights.idf
    classes = np.arange(len(node.children))
    model: LogisticRegression | MLPClassifier
    if isinstance(node.estimator, Linear):
        model = LogisticRegression()
        model.coef_, model.intercept_ = weights.first.T, weights.bias
        model.classes_ = classes
    else:
        model = MLPClassifier(hidden_layer_sizes=(node.estimator.hidden,))
        # Double precision: single would round the odds of a confident post away.
        model.coefs_ = [weights.first.astype(np.float64), weights.second.astype(np.float64)]
        model.intercepts_ = [weights.bias.astype(np.float64), weights.bias2.astype(np.float64)]
        model.n_layers_, model.classes_ = 3, classes
        model.n_outputs_ = weights.second.shape[1]
        model.out_activation_ = "logistic" if model.n_outputs_ == 1 else "softmax"
        model._label_binarizer = LabelBinarizer().fit(classes)
    return Pipeline(
        [
            ("counts", counter(node.features, weights.vocabulary, known)),
            ("rarity", rarity),
            ("model", model),
        ]
    )


def analyzer(features: Features, known: KnownWords | None = None) -> Callable[[str], list[str]]:
    """Return a function from a post to its features: tokens, their n-grams, marks of scopes."""

    def analyze(text: str) -> list[str]:
        words = known.words(text) if known else [squeeze(token) for token in tokens(text)]
        found = list(words)
        for length in range(2, features.words + 1):
            found += map(" ".join, zip(*(words[start:] for start in range(length)), strict=False))
        if features.scopes:
            mark_scopes(found, words, lambda scope: scope.mark, "")
        return list(filter(None, found))

    return analyze


def counter(
    features: Features, vocabulary: list[str] | None = None, known: KnownWords | None = None
) -> CountVectorizer:
    """Counts features; with a `vocabulary` it is ready to use, without one it learns its own."""
    return CountVectorizer(
        analyzer=analyzer(features, known),
        min_df=1 if vocabulary is not None else features.min_count,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


class Rarity(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Weighs counts by inverse document frequency and evens out the length of posts.

    Like TfidfTransformer except for the length: a post is divided by the square root of the sum of
    count x idf^2 (there: count^2 x idf^2). The two are the same for features that occur once. This
    sum can be added up token by token, so a model can be compiled into one table.
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
