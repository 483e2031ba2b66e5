"""Trains a hierarchy: python -m models.train --data FILES --out DIR, or --tagger NAME."""

import argparse
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models import measures
from models.artefact import ArtefactManifest, Weights, save_artefact
from models.command import run, table
from models.labelled_posts import (
    DataError,
    LabelledPost,
    check_labels,
    fingerprint,
    read_posts,
    read_shares,
)
from models.model import SHIPPED, load
from models.pipeline import fit, weigh
from models.taggers import OWN, folder_of, is_tagger_name
from models.training_set import TrainingSet, build_training_set
from models.tree import Network, Tree, one_question, read_tree

LIBRARIES = ("scikit-learn", "numpy", "scipy", "msgspec")


def train(tree: Tree, learned: TrainingSet) -> list[Weights]:
    """Return the fitted weights of each node, root first; raises DataError for unusable posts."""
    nodes = tree.nodes()
    passes = [n.estimator.epochs if isinstance(n.estimator, Network) else 1 for n in nodes]
    fitted = []
    # Nodes mostly look at the same features, and reading the posts takes longest.
    read = {features: weigh(features, learned.texts) for features in {n.features for n in nodes}}
    with tqdm(total=sum(passes), unit="pass", file=sys.stderr) as bar:
        for number, node in enumerate(nodes):
            bar.set_description(node.name)
            rows, targets, weight = learned.at(tree, number)
            posts = read[node.features]
            posts = posts._replace(x=posts.x[rows])
            for weights in fit(node, posts, targets, weight):
                bar.update()
                latest = weights
            fitted.append(latest)
    return fitted


def write(
    tree: Tree,
    labelled: Sequence[LabelledPost],
    tests: Mapping[str, Sequence[LabelledPost]],
    out: Path,
    unlabelled: Sequence[LabelledPost] = (),
    shares: Mapping[str, Sequence[float]] | None = None,
) -> ArtefactManifest:
    """Train, measure on each of `tests`, and write the artefact into `out`."""
    labels = [leaf.label for leaf in tree.leaves()]
    for test in tests.values():
        check_labels(test, labels)
    learned = build_training_set(tree, labelled, unlabelled, shares)
    weights = train(tree, learned)
    about = {
        "fingerprint": fingerprint(learned.texts, learned.leaves.tolist()),
        "posts": len(labelled),
        "labels": {label: sum(row.label == label for row in labelled) for label in labels},
        "sources": sorted({row.source for row in labelled}),
        "unlabelled_posts": len(learned.texts) - len(labelled),
    }
    libraries = {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
    # Saved twice, so that the metrics are those of the artefact in its stored precision.
    save_artefact(out, tree, weights, {}, about, libraries)
    model = load(out)
    metrics: dict[str, Any] = {}
    for name, test in tests.items():
        said = [prediction.label for prediction in model.predict([row.text for row in test])]
        metrics[name] = measures.summary([row.label for row in test], said, labels)
    return save_artefact(out, tree, weights, metrics, about, libraries)


def _tree(path: Path | None, tagger: str | None, rows: Sequence[LabelledPost]) -> Tree:
    """Return the hierarchy to train: the given one, the shipped one, or one question."""
    if path is None and tagger is not None:
        path = folder_of(tagger) / "tree.json"
        if not path.is_file():
            return one_question(tagger, {row.label for row in rows})
    return read_tree(path or SHIPPED / "tree.json")


def _arguments() -> argparse.Namespace:
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
        help="posts to learn from the teacher's label shares only (TSV)",
    )
    parser.add_argument(
        "--teacher",
        type=Path,
        metavar="FILE",
        help="the teacher's label shares by post id (TSV, may be gzipped)",
    )
    parser.add_argument(
        "--test", type=Path, nargs="*", default=[], metavar="FILE", help="posts to measure on (TSV)"
    )
    parser.add_argument(
        "--tree", type=Path, help="the hierarchy (JSON); default: the shipped one, or one question"
    )
    parser.add_argument(
        "--tagger",
        metavar="NAME",
        help=f"train a tagger of your own, such as topic: one question with the labels of the data "
        f"unless --tree says more, written to {OWN}/NAME unless --out does",
    )
    parser.add_argument("--out", type=Path, help="folder for the artefact")
    parser.add_argument(
        "--leave-out",
        nargs="*",
        default=[],
        metavar="SOURCE",
        help="sources to leave out of training",
    )
    arguments = parser.parse_args()
    if arguments.tagger is not None and not is_tagger_name(arguments.tagger):
        parser.error("--tagger: use a to z, 0 to 9 and _, at most 32, beginning with a letter")
    if arguments.tagger is None and arguments.out is None:
        parser.error("name the folder with --out, or a tagger with --tagger")
    return arguments


def _figures(manifest: ArtefactManifest) -> str:
    """Write what was measured on each test set."""
    return table(
        ("measured on", "posts", "macro recall %", "accuracy %"),
        [
            (
                name,
                metric["posts"],
                measures.ConfidenceInterval(*metric["macro_recall"]),
                measures.ConfidenceInterval(*metric["accuracy"]),
            )
            for name, metric in manifest.metrics.items()
        ],
    )


def main() -> None:
    """Read the arguments, train, print the figures."""
    arguments = _arguments()
    out = arguments.out or OWN / arguments.tagger
    rows = [row for path in arguments.data for row in read_posts(path)]
    tree = _tree(arguments.tree, arguments.tagger, rows)
    kept = [row for row in rows if row.source not in arguments.leave_out]
    if not kept:
        raise DataError("no posts are left to train on: --leave-out names every source")
    tests: dict[str, Sequence[LabelledPost]] = {
        path.stem: read_posts(path) for path in arguments.test
    }
    labels = [leaf.label for leaf in tree.leaves()]
    shares = read_shares(arguments.teacher, labels) if arguments.teacher else {}
    unlabelled = [row for path in arguments.unlabelled for row in read_posts(path)]
    manifest = write(tree, kept, tests, out, unlabelled, shares)
    print(f"model {manifest.version} from {len(kept)} labelled posts in {out}")
    if manifest.metrics:
        print(_figures(manifest))


if __name__ == "__main__":
    run(main)
