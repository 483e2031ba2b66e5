"""Measures a model on labelled posts: python -m models.evaluate MODEL FILE.tsv."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models import measures
from models.accurate_model import AnyModel, load_any
from models.command import run, table
from models.labelled_posts import LabelledPost, check_labels, read_posts
from models.model import Prediction
from models.tree import UNKNOWN

BATCH = 128


def predict(model: AnyModel, rows: Sequence[LabelledPost]) -> Iterator[Prediction]:
    """Yield a prediction for each post, with a progress bar on stderr."""
    with tqdm(total=len(rows), unit="post", file=sys.stderr) as bar:
        for start in range(0, len(rows), BATCH):
            texts = [row.text for row in rows[start : start + BATCH]]
            yield from model.predict(texts)
            bar.update(len(texts))


def report(labels: Sequence[str], truth: Sequence[str], said: Sequence[Prediction]) -> str:
    """Return all measures as text."""
    counts = measures.confusion(truth, [each.label for each in said], labels)
    right, confidence = _outcome(truth, said)
    calibration = measures.calibration(right, confidence)
    figures = measures.intervals(counts)
    parts = [
        table(
            ("", "% (95 % interval)"),
            [
                ("macro recall", figures["macro_recall"]),
                ("accuracy", figures["accuracy"]),
                ("macro F1", f"{measures.f1s(counts).mean():.1f}"),
                ("posts", len(truth)),
            ],
        ),
        table(
            ("label", "recall %", "F1 %", "posts"),
            [
                (label, f"{recall:.1f}", f"{f1:.1f}", total)
                for label, recall, f1, total in zip(
                    labels,
                    measures.recalls(counts),
                    measures.f1s(counts),
                    counts.sum(axis=1).tolist(),
                    strict=True,
                )
            ],
        ),
        table(
            ("is \\ said", *labels, UNKNOWN),
            [(label, *row) for label, row in zip(labels, counts.tolist(), strict=True)],
        ),
        f"calibration, expected error {100 * measures.calibration_error(calibration):.1f} %\n"
        + table(
            ("confidence %", "right %", "posts"),
            [(f"{100 * sure:.1f}", f"{100 * hits:.1f}", n) for sure, hits, n in calibration],
        ),
        "reliability of each label, as labelled and with equal shares of the labels\n"
        + table(
            (
                "said",
                "posts",
                "confidence %",
                "right %",
                "even: confidence %",
                "right %",
                "error %",
            ),
            [
                (each.label, each.posts, *(f"{100 * figure:.1f}" for figure in each[2:]))
                for each in measures.reliability(truth, [p.label for p in said], confidence)
            ],
        ),
        "coverage: only the posts with the highest confidence\n"
        + table(
            ("coverage %", "threshold", "accuracy %"),
            [
                (f"{100 * share:.0f}", f"{threshold:.3f}", f"{100 * hits:.1f}")
                for share, threshold, hits in measures.coverage(right, confidence)
            ],
        ),
    ]
    return "\n\n".join(parts)


def _outcome(
    truth: Sequence[str], said: Sequence[Prediction]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    right = np.array([p.label == label for p, label in zip(said, truth, strict=True)])
    return right, np.array([p.confidence for p in said])


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


def main() -> None:
    """Read the arguments, predict, print the measures."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of the artefact")
    parser.add_argument("file", type=Path, help="labelled posts (TSV)")
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.0,
        help="lowest confidence to label; below it a post is unknown (default: 0)",
    )
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the measures into this file")
    arguments = parser.parse_args()
    model = load_any(arguments.model, threshold=arguments.threshold)
    rows = read_posts(arguments.file)
    check_labels(rows, model.labels)
    truth = [row.label for row in rows]
    said = list(predict(model, rows))
    print(f"model {model.version} on {arguments.file}\n")
    print(report(model.labels, truth, said))
    if arguments.plot:
        counts = measures.confusion(truth, [each.label for each in said], model.labels)
        right, confidence = _outcome(truth, said)
        draw(
            arguments.plot,
            counts,
            model.labels,
            measures.calibration(right, confidence),
            measures.coverage(right, confidence),
        )
        print(f"\npicture in {arguments.plot}")


if __name__ == "__main__":
    run(main)
