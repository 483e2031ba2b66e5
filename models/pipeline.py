"""One node's scikit-learn pipeline: fits it, extracts its weights, and rebuilds it from them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

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

from models.artefact import Weights
from models.labelled_posts import DataError
from models.tokens import KnownWords, squeeze, tokens
from models.tree import Features, Linear, Network, Node


def fit(
    node: Node, texts: Sequence[str], targets: NDArray[np.float64], weight: NDArray[np.float64]
) -> Iterator[Weights]:
    """Fit `node`, yielding the weights after each pass over the data (one pass when linear).

    `targets` has a row a post and a column a child, the shares of the children in that post
    (one-hot when the label is certain); `weight` is the weight of each post.
    """
    counts = counter(node.features)
    rarity = Rarity()
    try:
        x = rarity.fit_transform(counts.fit_transform(texts))
    except ValueError:
        raise DataError(
            f"node {node.name}: no feature occurs in {node.features.min_count} posts or more"
        ) from None
    vocabulary = [str(name) for name in counts.get_feature_names_out()]
    posts, children = np.nonzero(targets)
    shares = targets[posts, children] * weight[posts]
    shares /= shares.mean()
    x = x[posts]
    if isinstance(node.estimator, Linear):
        model = LogisticRegression(C=node.estimator.c, max_iter=500, tol=1e-5)
        model.fit(x, children, sample_weight=shares)
        yield Weights(
            vocabulary,
            rarity.idf_,
            np.ascontiguousarray(model.coef_.T, dtype=np.float32),
            model.intercept_.astype(np.float32),
            np.empty((0, 0), np.float32),
            np.empty(0, np.float32),
        )
        return
    network = _network(node.estimator)
    for _ in range(node.estimator.epochs):
        network.partial_fit(x, children, classes=np.arange(targets.shape[1]), sample_weight=shares)
        (first, second), (bias, bias2) = network.coefs_, network.intercepts_
        yield Weights(
            vocabulary,
            rarity.idf_,
            *(np.array(a, np.float32) for a in (first, bias, second, bias2)),
        )


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
        model = _network(node.estimator)
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


def _network(spec: Network) -> MLPClassifier:
    return MLPClassifier(
        hidden_layer_sizes=(spec.hidden,),
        alpha=spec.penalty,
        batch_size=256,
        learning_rate_init=spec.rate,
        random_state=0,
    )


def analyzer(features: Features, known: KnownWords | None = None) -> Callable[[str], list[str]]:
    """Return a function from a post to its features: tokens and their n-grams."""

    def analyze(text: str) -> list[str]:
        words = known.words(text) if known else [squeeze(token) for token in tokens(text)]
        found = list(words)
        for length in range(2, features.words + 1):
            found += map(" ".join, zip(*(words[start:] for start in range(length)), strict=False))
        return found

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
