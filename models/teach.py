"""Writes the accurate model's label shares of posts, for models.train: python -m models.teach."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from models.accurate_model import load_accurate
from models.command import run
from models.distill import LABELS
from models.labelled_posts import LabelledPost, read_posts, read_shares, write_shares
from models.made_up_posts import SENTENCE_TIMES, sentence_posts
from models.made_up_sentences import made_up_sentences

_AT_ONCE = 1024


def taught(posts: Sequence[LabelledPost]) -> dict[str, Sequence[float]]:
    """Return the shares of LABELS that the accurate model gives each post, by post id."""
    model = load_accurate()
    columns = [model.labels.index(label) for label in LABELS]
    shares: dict[str, Sequence[float]] = {}
    with tqdm(total=len(posts), unit="post", file=sys.stderr) as bar:
        for start in range(0, len(posts), _AT_ONCE):
            part = posts[start : start + _AT_ONCE]
            held = model.text_chances([row.text for row in part])[:, columns].tolist()
            shares.update(zip((row.id for row in part), held, strict=True))
            bar.update(len(part))
    return shares


def main() -> None:
    """Read the arguments; write the shares of earlier teachers, of new posts and of sentences."""
    parser = argparse.ArgumentParser(prog="python -m models.teach", description=__doc__)
    parser.add_argument(
        "--posts",
        type=Path,
        nargs="+",
        required=True,
        metavar="FILE",
        help="posts (TSV); those with shares of an earlier teacher keep these unless --again",
    )
    parser.add_argument(
        "--earlier", type=Path, metavar="FILE", help="shares of earlier teachers (.tsv.gz)"
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="label the posts of earlier teachers, too, and take the mean of both shares",
    )
    parser.add_argument("--out", type=Path, required=True, help="file for the shares (.tsv.gz)")
    arguments = parser.parse_args()
    shares: dict[str, Sequence[float]] = {}
    if arguments.earlier:
        shares.update(read_shares(arguments.earlier, LABELS))
    rows = [row for path in arguments.posts for row in read_posts(path)]
    rows = [row for row in rows if arguments.again or row.id not in shares]
    for post_id, held in taught(rows).items():
        before = shares.get(post_id, held)
        shares[post_id] = [(one + two) / 2 for one, two in zip(before, held, strict=True)]
    sentences = made_up_sentences(SENTENCE_TIMES)
    for post, sentence in zip(sentence_posts(), sentences, strict=True):
        shares[post.id] = sentence.shares
    write_shares(arguments.out, LABELS, shares)
    print(f"label shares of {len(shares)} posts in {arguments.out}")


if __name__ == "__main__":
    run(main)
