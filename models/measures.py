"""Measures of labels: recall, F1, accuracy with confidence intervals, calibration, coverage."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1000


class ConfidenceInterval(NamedTuple):
    """A figure in per cent with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.low:.1f}–{self.high:.1f})"


def confusion(
    truth: Sequence[str], said: Sequence[str], labels: Sequence[str]
) -> NDArray[np.int64]:
    """Count posts: a row per true label, a column per predicted label and one for `unknown`."""
    place = {label: number for number, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels) + 1), np.int64)
    columns = [place.get(label, len(labels)) for label in said]
    np.add.at(table, ([place[label] for label in truth], columns), 1)
    return table


def recalls(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Recall of each label, in per cent; an unknown post is a miss."""
    shares: NDArray[np.float64] = np.diag(table) / np.maximum(table.sum(axis=1), 1) * 100
    return shares


def f1s(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of each label, in per cent."""
    hits, said = np.diag(table), table[:, :-1].sum(axis=0)
    shares: NDArray[np.float64] = 200 * hits / np.maximum(said + table.sum(axis=1), 1)
    return shares


def accuracy(table: NDArray[np.int64]) -> float:
    """Share of posts labelled right, in per cent."""
    return float(100 * np.trace(table) / max(table.sum(), 1))


def intervals(table: NDArray[np.int64], rounds: int = ROUNDS) -> dict[str, ConfidenceInterval]:
    """Macro recall and accuracy with intervals, from `rounds` redrawn tables."""
    random = np.random.default_rng(0)
    total = int(table.sum())
    drawn = random.multinomial(total, (table / total).ravel(), rounds).reshape(rounds, *table.shape)
    figures = {
        "macro_recall": (float(recalls(table).mean()), [recalls(t).mean() for t in drawn]),
        "accuracy": (accuracy(table), [accuracy(t) for t in drawn]),
    }
    return {
        name: ConfidenceInterval(
            value, *(float(edge) for edge in np.percentile(spread, [2.5, 97.5]))
        )
        for name, (value, spread) in figures.items()
    }


def calibration(
    right: NDArray[np.bool_], confidence: NDArray[np.float64], bins: int = 10
) -> list[tuple[float, float, int]]:
    """For each tenth of confidence with posts in it: mean confidence, accuracy, number of posts."""
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        (float(confidence[chosen].mean()), float(right[chosen].mean()), int(chosen.sum()))
        for chosen in (number == each for each in range(bins))
        if chosen.any()
    ]


def calibration_error(table: Sequence[tuple[float, float, int]]) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over all posts."""
    total = sum(count for _, _, count in table)
    return sum(abs(sure - right) * count for sure, right, count in table) / max(total, 1)


class LabelReliability(NamedTuple):
    """Confidence and precision of one predicted label, 0 to 1.

    `even_confidence` and `even_right` weigh the true labels equally, which is what a confidence is
    trained for; `even_error` is the expected calibration error under these weights.
    """

    label: str
    posts: int
    confidence: float
    right: float
    even_confidence: float
    even_right: float
    even_error: float


def reliability(
    truth: Sequence[str], said: Sequence[str], confidence: NDArray[np.float64], bins: int = 10
) -> list[LabelReliability]:
    """Return the reliability of each predicted label but `unknown`, in alphabetical order."""
    true, predicted = np.array(truth), np.array(said)
    shares = {label: float(np.mean(true == label)) for label in set(truth)}
    even = np.array([1 / shares[label] for label in truth])
    found = []
    for label in sorted(shares.keys() & set(said)):
        chosen = predicted == label
        sure, right, weight = confidence[chosen], (true == label)[chosen], even[chosen]
        number = np.minimum((sure * bins).astype(int), bins - 1)
        gaps = np.bincount(number, weight * (sure - right), minlength=bins)
        found.append(
            LabelReliability(
                label,
                int(chosen.sum()),
                float(sure.mean()),
                float(right.mean()),
                float(np.average(sure, weights=weight)),
                float(np.average(right, weights=weight)),
                float(np.abs(gaps).sum() / weight.sum()),
            )
        )
    return found


def coverage(
    right: NDArray[np.bool_], confidence: NDArray[np.float64]
) -> list[tuple[float, float, float]]:
    """Return coverage, threshold, accuracy of the most confident 100, 90, ... 10 % of posts."""
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum(right[order])
    curve = []
    for percent in range(100, 0, -10):
        count = max(1, round(len(order) * percent / 100))
        curve.append(
            (percent / 100, float(confidence[order[count - 1]]), float(hits[count - 1] / count))
        )
    return curve


def summary(truth: Sequence[str], said: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one labelled set that the model card shows, as plain data."""
    table = confusion(truth, said, labels)
    return {
        "posts": len(truth),
        **{name: list(map(_round, each)) for name, each in intervals(table).items()},
        "recall": dict(zip(labels, map(_round, recalls(table)), strict=True)),
        "f1": dict(zip(labels, map(_round, f1s(table)), strict=True)),
        "confusion": table.tolist(),
    }


def _round(value: float) -> float:
    return round(float(value), 2)
