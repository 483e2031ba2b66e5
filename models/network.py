"""Fits a network of one hidden layer to sparse posts, touching only the words of each batch."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.artefact import Floats
from models.tree import Network

_BATCH = 256
# A word moves by its rate over the root of the squared gradients that it has seen, and these begin
# with this sum: words seen a few times move little, so that chance does not decide what they mean.
_BEGIN = 1.0
_OTHERS = 0.1  # the rate of all but the words' weights, in parts of theirs


class NetworkFit:
    """A network in training. `first` has a row a word, `second` a column a score.

    Two children have one score, the log odds of the second one; more have one each.
    """

    def __init__(self, spec: Network, words: int, children: int) -> None:
        """Begin with small random weights, the same at each call."""
        self._spec = spec
        self._dice = dice = np.random.default_rng(spec.seed)
        scores, hidden = 1 if children == 2 else children, spec.hidden
        self.first = dice.normal(0, 0.005, (words, hidden)).astype(np.float32)
        self.bias = dice.normal(0, 0.3, hidden).astype(np.float32)
        self.second = dice.normal(0, 0.5, (hidden, scores)).astype(np.float32)
        self.bias2 = np.zeros(scores, np.float32)
        self._squares = np.full((words, hidden), _BEGIN, np.float32)
        self._others = [_Adam(part) for part in (self.bias, self.second, self.bias2)]

    def passes(
        self, x: sparse.csr_matrix, targets: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> Iterator[None]:
        """Go over the posts once for each item; the rate falls evenly to nothing.

        `x` has a row a post, `targets` the share of each child in it; `weight` weighs the posts.
        """
        skipped = 1 if targets.shape[1] == 2 else 0
        wanted: Floats = targets[:, skipped:].astype(np.float32)
        weighed = (weight / weight.mean()).astype(np.float32)[:, None]
        posts, steps = x.shape[0], -(-x.shape[0] // _BATCH)
        for number in range(self._spec.epochs):
            order = self._dice.permutation(posts)
            for step in range(steps):
                chosen = order[step * _BATCH : (step + 1) * _BATCH]
                done = (number + step / steps) / self._spec.epochs
                rate = self._spec.rate * (1 - done)
                self._learn(x[chosen], wanted[chosen], weighed[chosen], rate)
            yield

    def _learn(self, x: sparse.csr_matrix, wanted: Floats, weight: Floats, rate: float) -> None:
        words, place = np.unique(x.indices, return_inverse=True)
        kept = 1 - self._spec.drop
        data = x.data * (self._dice.random(len(place), np.float32) < kept) / np.float32(kept)
        seen = sparse.csr_matrix((data, place, x.indptr), shape=(x.shape[0], len(words)))
        first = self.first[words]
        hidden = np.maximum(seen @ first + self.bias, 0)
        error = (_shares(hidden @ self.second + self.bias2) - wanted) * weight
        back = (error @ self.second.T) * (hidden > 0)
        slope = seen.T @ back + self._spec.penalty * first
        squares = self._squares[words] + slope**2
        self._squares[words] = squares
        self.first[words] = first - rate * slope / np.sqrt(squares)
        for adam, gradient in zip(
            self._others, (back.sum(axis=0), hidden.T @ error, error.sum(axis=0)), strict=True
        ):
            adam.move(gradient / len(wanted), rate * _OTHERS)


class _Adam:
    """Moves a few weights, in place, by Adam's rule (Kingma and Ba, 2015)."""

    def __init__(self, weights: Floats) -> None:
        self._weights = weights
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)
        self._steps = 0

    def move(self, gradient: Floats, rate: float) -> None:
        self._steps += 1
        self._mean += np.float32(0.1) * (gradient - self._mean)
        self._square += np.float32(0.001) * (gradient**2 - self._square)
        mean = self._mean / (1 - 0.9**self._steps)
        square = self._square / (1 - 0.999**self._steps)
        self._weights -= (rate * mean / (np.sqrt(square) + 1e-8)).astype(np.float32)


def _shares(scores: Floats) -> Floats:
    """Turn scores into shares: logistic for one score, softmax for several."""
    if scores.shape[1] == 1:
        one: Floats = 0.5 + 0.5 * np.tanh(0.5 * scores)
        return one
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    several: Floats = odds / odds.sum(axis=1, keepdims=True)
    return several
