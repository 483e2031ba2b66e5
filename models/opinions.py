"""Writes the words of opinion that models.scopes knows: python -m models.opinions."""

import argparse
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from models.accurate_model import AnyModel, load_accurate
from models.command import run
from models.distill import LABELS
from models.labelled_posts import LabelledPost, read_posts, read_shares
from models.scopes import BEGINS
from models.tokens import squeeze, tokens

_POSTS = 15  # fewer say little of a word
_CHANCE = 0.8  # that the model gives the word alone
_LEAN = 0.15  # by which the posts with the word are better or worse than all posts
# Who a post is about is no opinion, whatever the data hold of them; nor is a word that denies.
_NO_OPINIONS = frozenset(
    "gay gays lesbian lesbians trans transgender jew jews jewish muslim muslims islam islamic arab "
    "arabs mexican mexicans black blacks white whites refugee refugees immigrant immigrants "
    "illegal illegals liberal liberals conservative conservatives republicans democrats disabled "
    "deaf blind old young christian christians women woman men man without why when less".split()
)


def opinions_in(
    posts: Sequence[LabelledPost], shares: Mapping[str, Sequence[float]], model: AnyModel
) -> dict[str, str]:
    """Return frequent words, `good` or `bad`, that `model` and the posts' `shares` agree on.

    Posts without shares are left out; `shares` are those of LABELS.
    """
    taught = [post for post in posts if post.id in shares]
    leans = np.array([shares[post.id][2] - shares[post.id][0] for post in taught])
    read = [{squeeze(token) for token in tokens(post.text)} for post in taught]
    held: dict[str, list[int]] = {}
    for number, word in chain.from_iterable(((n, w) for w in ws) for n, ws in enumerate(read)):
        if len(word) > 2 and word.isalpha() and word not in BEGINS and word not in _NO_OPINIONS:
            held.setdefault(word, []).append(number)
    words = sorted(word for word, numbers in held.items() if len(numbers) >= _POSTS)
    columns = [model.labels.index(label) for label in (LABELS[0], LABELS[2])]
    mean = leans.mean()
    found = {}
    for word, (bad, good) in zip(words, model.text_chances(words)[:, columns], strict=True):
        lean = leans[held[word]].mean() - mean
        if good > _CHANCE and lean > _LEAN:
            found[word] = "good"
        elif bad > _CHANCE and lean < -_LEAN:
            found[word] = "bad"
    return found


def main() -> None:
    """Read the arguments, find the words, write the file."""
    parser = argparse.ArgumentParser(prog="python -m models.opinions", description=__doc__)
    parser.add_argument("--posts", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument(
        "--teacher", type=Path, required=True, metavar="FILE", help="label shares (.tsv.gz)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file (TSV)")
    arguments = parser.parse_args()
    posts = [row for path in arguments.posts for row in read_posts(path)]
    found = opinions_in(posts, read_shares(arguments.teacher, LABELS), load_accurate())
    lines = [f"{word}\t{kind}\n" for word, kind in sorted(found.items())]
    arguments.out.write_text("".join(lines), encoding="utf-8")
    print(f"{len(found)} words of opinion in {arguments.out}")


if __name__ == "__main__":
    run(main)
