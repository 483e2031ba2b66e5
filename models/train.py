"""Trains a hierarchy: python -m models.train --data FILES --out DIR."""

import argparse
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models import data, measures
from models.artefact import Manifest, save_artefact
from models.command import run, table
from models.data import Row
from models.lesson import Lesson, lesson
from models.model import SHIPPED, load
from models.node import fit
from models.tree import Network, Tree, read_tree
from models.weights import Weights

LIBRARIES = ("scikit-learn", "numpy", "scipy", "msgspec")


def train(tree: Tree, learned: Lesson) -> list[Weights]:
    """Fitted weights of each node, the root first; raises DataError for unusable posts."""
    nodes = tree.nodes()
    passes = [n.estimator.epochs if isinstance(n.estimator, Network) else 1 for n in nodes]
    fitted = []
    with tqdm(total=sum(passes), unit="pass", file=sys.stderr) as bar:
        for number, node in enumerate(nodes):
            bar.set_description(node.name)
            for weights in fit(node, *learned.at(tree, number)):
                bar.update()
                latest = weights
            fitted.append(latest)
    return fitted


def write(
    tree: Tree,
    labelled: Sequence[Row],
    tests: Mapping[str, Sequence[Row]],
    out: Path,
    unlabelled: Sequence[Row] = (),
    shares: Mapping[str, Sequence[float]] | None = None,
) -> Manifest:
    """Train (see models.lesson), measure on each of `tests`, write the artefact into `out`."""
    labels = [leaf.label for leaf in tree.leaves()]
    for test in tests.values():
        data.check_labels(test, labels)
    learned = lesson(tree, labelled, unlabelled, shares)
    weights = train(tree, learned)
    about = {
        "fingerprint": data.fingerprint(learned.texts, learned.leaves.tolist()),
        "posts": len(labelled),
        "labels": {label: sum(row.label == label for row in labelled) for label in labels},
        "sources": sorted({row.source for row in labelled}),
        "unlabelled_posts": len(learned.texts) - len(labelled),
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
        "--unlabelled",
        type=Path,
        nargs="*",
        default=[],
        metavar="FILE",
        help="posts whose labels are not used, only what the teacher holds of them (TSV)",
    )
    parser.add_argument(
        "--teacher", type=Path, metavar="FILE", help="shares of the labels by id (TSV, or gzipped)"
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
    labels = [leaf.label for leaf in tree.leaves()]
    shares = data.read_shares(arguments.teacher, labels) if arguments.teacher else {}
    unlabelled = [row for path in arguments.unlabelled for row in data.read(path)]
    manifest = write(tree, kept, tests, arguments.out, unlabelled, shares)
    print(f"model {manifest.version} from {len(kept)} labelled posts in {arguments.out}")
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
