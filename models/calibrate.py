"""Calibration by class: a temperature, and a bias for the score of each class."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]


class Calibration(NamedTuple):
    """Scores are divided by `temperature`, then `biases` are added; these sum to 0."""

    temperature: float
    biases: Floats

    def apply(self, scores: Floats) -> Floats:
        """Return the calibrated scores (posts, classes)."""
        calibrated: Floats = scores / self.temperature + self.biases
        return calibrated


def fit_calibration(scores: Floats, truth: Sequence[int], shares: Sequence[float]) -> Calibration:
    """Find what makes the true classes likeliest in a stream with these shares of the classes.

    `scores` has a row a post and a column a class; every class must occur in `truth`.
    """
    right = np.array(truth)
    counts = np.bincount(right, minlength=scores.shape[1])
    weight = (np.array(shares) / np.array(shares).sum() / counts)[right]

    def loss(found: Floats) -> float:
        calibrated = scores * np.exp(-found[0]) + np.array([*found[1:], -found[1:].sum()])
        top = calibrated.max(axis=1)
        odds = np.log(np.exp(calibrated - top[:, None]).sum(axis=1)) + top
        return float(weight @ (odds - calibrated[np.arange(len(right)), right]))

    found = minimize(loss, np.zeros(scores.shape[1]), method="L-BFGS-B").x
    return Calibration(float(np.exp(found[0])), np.array([*found[1:], -found[1:].sum()]))
