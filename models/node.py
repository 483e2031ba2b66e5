"""One node's scikit-learn pipeline: fitting it, taking it apart into arrays, building it again."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelBinarizer

from models.data import DataError
from models.features import Rarity, counter
from models.tree import Linear, Network, Node
from models.weights import Weights


def fit(
    node: Node, texts: Sequence[str], targets: NDArray[np.float64], weight: NDArray[np.float64]
) -> Iterator[Weights]:
    """Fit `node`, yielding the weights after each pass over the data (one pass when linear).

    `targets` has a row a post and a column a child, the shares of the children in that post
    (one-hot when the label is certain); `weight` is how much each post counts.
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


def pipeline(node: Node, weights: Weights) -> Pipeline:
    """The scikit-learn pipeline that `weights` came from: text in, scores out."""
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
        # In double precision: odds of a sure post are lost in rounding otherwise.
        model.coefs_ = [weights.first.astype(np.float64), weights.second.astype(np.float64)]
        model.intercepts_ = [weights.bias.astype(np.float64), weights.bias2.astype(np.float64)]
        model.n_layers_, model.classes_ = 3, classes
        model.n_outputs_ = weights.second.shape[1]
        model.out_activation_ = "logistic" if model.n_outputs_ == 1 else "softmax"
        model._label_binarizer = LabelBinarizer().fit(classes)
    return Pipeline(
        [
            ("counts", counter(node.features, weights.vocabulary)),
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
