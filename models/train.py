"""Trains a hierarchy: python -m models.train --data FILES --out DIR."""

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models import data, measures
from models.artefact import Manifest, save_artefact
from models.command import run, table
from models.data import Row
from models.model import SHIPPED, load
from models.node import fit
from models.tree import Network, Tree, read_tree
from models.weights import Weights

LIBRARIES = ("scikit-learn", "numpy", "scipy", "msgspec")


def train(tree: Tree, rows: Sequence[Row]) -> list[Weights]:
    """Fitted weights of each node, the root first; raises DataError for unusable rows."""
    labels = [leaf.label for leaf in tree.leaves()]
    data.check_labels(rows, labels)
    truth = np.array([[row.label == label for label in labels] for row in rows], np.float64)
    wanted = np.array([tree.shares.get(label, 1.0) for label in labels])
    balance = wanted / truth.mean(axis=0)
    nodes = tree.nodes()
    passes = [n.estimator.epochs if isinstance(n.estimator, Network) else 1 for n in nodes]
    fitted = []
    with tqdm(total=sum(passes), unit="pass", file=sys.stderr) as bar:
        for number, node in enumerate(nodes):
            bar.set_description(node.name)
            targets = _targets(tree, number, truth * balance)
            weight = targets.sum(axis=1)
            here = np.flatnonzero(weight)
            shares = targets[here] / weight[here, None]
            texts = [rows[index].text for index in here.tolist()]
            for weights in fit(node, texts, shares, weight[here]):
                bar.update()
                latest = weights
            fitted.append(latest)
    return fitted


def _targets(tree: Tree, node: int, leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each child of node number `node` in each post, from the shares of the leaves."""
    targets = np.zeros((len(leaves), len(tree.nodes()[node].children)))
    for number, leaf in enumerate(tree.leaves()):
        for here, child in leaf.steps:
            if here == node:
                targets[:, child] += leaves[:, number]
    return targets


def write(tree: Tree, rows: Sequence[Row], tests: dict[str, Sequence[Row]], out: Path) -> Manifest:
    """Train on `rows`, measure on each of `tests`, and write the artefact into `out`."""
    labels = [leaf.label for leaf in tree.leaves()]
    for test in tests.values():
        data.check_labels(test, labels)
    weights = train(tree, rows)
    about = {
        "fingerprint": data.fingerprint(rows),
        "posts": len(rows),
        "labels": {label: sum(row.label == label for row in rows) for label in labels},
        "sources": sorted({row.source for row in rows}),
    }
    libraries = {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
    # Saved twice: what is measured is the artefact, with the precision it is kept in.
    save_artefact(out, tree, weights, {}, about, libraries)
    model = load(out)
    metrics: dict[str, Any] = {}
    for name, test in tests.items():
        said = [prediction.label for prediction in model.predict([row.text for row in test])]
        metrics[name] = measures.summary([row.label for row in test], said, labels)
    return save_artefact(out, tree, weights, metrics, about, libraries)


def main() -> None:
    """Read the arguments, train, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="FILE", help="labelled posts (TSV)"
    )
    parser.add_argument(
        "--test", type=Path, nargs="*", default=[], metavar="FILE", help="posts to measure on (TSV)"
    )
    parser.add_argument(
        "--tree", type=Path, default=SHIPPED / "tree.json", help="the hierarchy (JSON)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the artefact")
    parser.add_argument(
        "--leave-out", nargs="*", default=[], metavar="SOURCE", help="sources not to train on"
    )
    arguments = parser.parse_args()
    tree = read_tree(arguments.tree)
    rows = [row for path in arguments.data for row in data.read(path)]
    kept = [row for row in rows if row.source not in arguments.leave_out]
    if not kept:
        raise data.DataError("nothing is left to train on")
    tests: dict[str, Sequence[Row]] = {path.stem: data.read(path) for path in arguments.test}
    manifest = write(tree, kept, tests, arguments.out)
    print(f"model {manifest.version} from {len(kept)} posts in {arguments.out}")
    if manifest.metrics:
        print(
            table(
                ("measured on", "posts", "macro recall %", "accuracy %"),
                [
                    (
                        name,
                        metric["posts"],
                        measures.Interval(*metric["macro_recall"]),
                        measures.Interval(*metric["accuracy"]),
                    )
                    for name, metric in manifest.metrics.items()
                ],
            )
        )


if __name__ == "__main__":
    run(main)
