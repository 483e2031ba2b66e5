"""Fine-tunes the transformer further, with made-up posts among real ones: python -m models.refine.

Run once, offline, in the environment of models.distill, between models.distill and models.quantize.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from models.command import run
from models.distill import LABELS, MAIN, Example, Teacher, certain
from models.labelled_posts import LabelledPost, read_posts, read_shares
from models.made_up_posts import made_up_posts
from models.made_up_sentences import MadeUpSentence, made_up_sentences

LABELLED, UNLABELLED = 26_000, 14_000
"""Real posts of each kind, so that what was learned from them is not forgotten."""
_EMOJI = 0.9  # share of the label of an emoji alone
Shares = Mapping[str, Sequence[float]]


def is_held_back(sentence: MadeUpSentence) -> bool:
    """Return whether a sentence's template is kept out of training, to choose on: a fifth is."""
    return crc32(sentence.template.encode()) % 5 == 0


def real_targets(
    rows: Sequence[LabelledPost], own: NDArray[np.float64], earlier: Shares
) -> list[list[float]]:
    """Mix the label of a post with the shares of two teachers; without a label, return these.

    `own` has the network's shares (posts, labels), `earlier` those of the teacher before it.
    """
    targets = []
    for row, mine in zip(rows, own, strict=True):
        other = np.array(earlier.get(row.id, mine))
        if row.label in LABELS:
            truth = np.array(certain(LABELS.index(row.label), len(LABELS)))
            targets.append((0.5 * truth + 0.25 * mine + 0.25 * other).tolist())
        else:
            targets.append((0.6 * mine + 0.4 * other).tolist())
    return targets


def made_up_examples() -> list[tuple[str, Sequence[float]]]:
    """Return the made-up posts with their shares: sentences, and emoji with and without a name."""
    found: list[tuple[str, Sequence[float]]] = [
        (each.text, each.shares) for each in made_up_sentences() if not is_held_back(each)
    ]
    for text, label in dict.fromkeys((each.text, each.label) for each in made_up_posts()):
        rest = (1 - _EMOJI) / (len(LABELS) - 1)
        shares = [_EMOJI if label == each else rest for each in LABELS]
        found += [(text, shares), (f"@ada {text}", shares)]
    return found


def main() -> None:
    """Read the arguments; fine-tune for one pass, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m models.refine", description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="what models.distill wrote")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="labelled posts (TSV)")
    parser.add_argument(
        "--unlabelled", type=Path, nargs="+", required=True, help="posts with shares only (TSV)"
    )
    parser.add_argument(
        "--teacher", type=Path, required=True, help="label shares of an earlier teacher (.tsv.gz)"
    )
    parser.add_argument("--out", type=Path, required=True, help="file for the weights (.npz)")
    arguments = parser.parse_args()
    earlier = read_shares(arguments.teacher, LABELS)
    dice = random.Random(11)  # noqa: S311
    labelled = [row for path in arguments.data for row in read_posts(path)]
    unlabelled = [row for path in arguments.unlabelled for row in read_posts(path)]
    unlabelled = [row._replace(label="") for row in unlabelled if row.id in earlier]
    for rows in (labelled, unlabelled):
        dice.shuffle(rows)
    rows = labelled[:LABELLED] + unlabelled[:UNLABELLED]
    teacher = Teacher({MAIN: len(LABELS)})
    teacher.load(arguments.weights)
    own = teacher.shares([row.text for row in rows], lean=np.zeros(len(LABELS)))
    targets = real_targets(rows, own, earlier)
    posts = [*zip((row.text for row in rows), targets, strict=True), *made_up_examples()]
    pieces = teacher.pieces(text for text, _ in posts)
    examples = [
        Example(MAIN, seen, shares) for seen, (_, shares) in zip(pieces, posts, strict=True)
    ]
    teacher.learn(examples, passes=1, rate=3e-5, smoothing=0.0, head_rate=1.0)
    teacher.save(arguments.out)
    print(f"fine-tuned on {len(examples)} posts; the weights are in {arguments.out}")


if __name__ == "__main__":
    run(main)
