"""Calibration: confidences of made-up scores become the shares that are right."""

import numpy as np

from models.calibrate import fit_calibration

SURE, LEAN = 2.0, np.array([0.8, -0.3, -0.5])


def test_scores_that_are_too_sure_and_lean_are_put_right() -> None:
    dice = np.random.default_rng(1)
    fair = dice.normal(size=(20_000, 3))
    chances = np.exp(fair) / np.exp(fair).sum(axis=1, keepdims=True)
    truth = (chances.cumsum(axis=1) < dice.random((20_000, 1))).sum(axis=1)
    calibration = fit_calibration((fair + LEAN) * SURE, truth.tolist(), np.bincount(truth).tolist())
    assert abs(calibration.temperature - SURE) < 0.1
    assert np.abs(calibration.apply((fair + LEAN) * SURE) - fair).max() < 0.3


def test_rare_classes_weigh_as_much_as_the_wanted_shares_say() -> None:
    scores = np.zeros((100, 2))
    calibration = fit_calibration(scores, [0] * 90 + [1] * 10, [1.0, 1.0])
    assert np.abs(calibration.biases).max() < 1e-3
