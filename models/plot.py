"""Draws confusion matrix, calibration and coverage into one picture; needs matplotlib."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.tree import UNKNOWN


def draw(
    path: Path,
    counts: NDArray[np.int64],
    labels: Sequence[str],
    calibration: Sequence[tuple[float, float, int]],
    coverage: Sequence[tuple[float, float, float]],
) -> None:
    """Write the picture to `path`; raises ValueError when matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ValueError("--plot needs matplotlib: pip install matplotlib") from None
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    matrix, reliability, curve = figure.subplots(1, 3)
    said = [*labels, UNKNOWN] if counts[:, -1].any() else list(labels)
    shares = counts[:, : len(said)] / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    matrix.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*shares.shape):
        share = float(shares[row, column])
        text = f"{100 * share:.0f} %\n{counts[row, column]}"
        color = "white" if share > 0.5 else "black"
        matrix.text(column, row, text, ha="center", va="center", color=color)
    matrix.set_xticks(range(len(said)), said)
    matrix.set_yticks(range(len(labels)), labels)
    matrix.set(title="Confusion: share of each row", xlabel="said", ylabel="is")
    reliability.plot([0, 1], [0, 1], color="0.7", linestyle="--")
    reliability.plot([sure for sure, _, _ in calibration], [hit for _, hit, _ in calibration], "o-")
    reliability.set(
        title="Calibration", xlabel="confidence", ylabel="right", xlim=(0, 1), ylim=(0, 1)
    )
    curve.plot([share for share, _, _ in coverage], [hits for _, _, hits in coverage], "o-")
    curve.set(
        title="Accuracy of the surest posts", xlabel="coverage", ylabel="accuracy", ylim=(0, 1)
    )
    for axes in (reliability, curve):
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, format="png", metadata={"Software": None})
