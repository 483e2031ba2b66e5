"""Writes the words of opinion that models.scopes knows: python -m models.opinions."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.accurate_model import AnyModel, load_accurate
from models.command import run
from models.distill import LABELS
from models.labelled_posts import LabelledPost, read_posts, read_shares
from models.scopes import BEGINS, FAR
from models.tokens import squeeze, tokens

# Valences of VADER's lexicon go from -4 to 4; a weaker word is hardly an opinion.
_VALENCE = 1.5
_AGREES = 0.6  # least chance that the model gives a word of VADER's, in "it is ..."
_FREQUENT = 100  # posts with a word: as many say more of it than a lexicon
_POSTS = 15  # fewer say little of a word
_CHANCE = 0.8  # that the model gives the word alone
_LEAN = 0.15  # by which the posts with the word are better or worse than all posts
# Who a post is about is no opinion, whatever the data hold of them; nor is a word that denies.
_NO_OPINIONS = frozenset(
    "gay gays lesbian lesbians trans transgender jew jews jewish muslim muslims islam islamic arab "
    "arabs mexican mexicans black blacks white whites refugee refugees immigrant immigrants "
    "illegal illegals liberal liberals conservative conservatives republicans democrats disabled "
    "deaf blind old young christian christians women woman men man without why when less "
    "opposite zero kind lone gun".split()
)


def opinions_in(
    posts: Sequence[LabelledPost],
    shares: Mapping[str, Sequence[float]],
    model: AnyModel,
    valences: Mapping[str, float],
) -> dict[str, str]:
    """Return frequent words, `good` or `bad`, that `model` and the posts' `shares` agree on.

    Added are less frequent words with strong `valences` that the model agrees with and no posts
    speak against. Posts without shares are left out; `shares` are those of LABELS.
    """
    leans, frequent = _leans(posts, shares), set[str]()
    found = {}
    for word, (bad, good) in zip(leans, _chances(model, list(leans)), strict=True):
        count, lean = leans[word]
        if good > _CHANCE and lean > _LEAN:
            found[word] = "good"
        elif bad > _CHANCE and lean < -_LEAN:
            found[word] = "bad"
        if count >= _FREQUENT:
            frequent.add(word)
    rare = {
        word: valence
        for word, valence in valences.items()
        if word not in leans or (word not in frequent and leans[word][1] * valence > 0)
    }
    return _opinions_of_lexicon(rare, model) | found


def _leans(
    posts: Sequence[LabelledPost], shares: Mapping[str, Sequence[float]]
) -> dict[str, tuple[int, float]]:
    """Return for each word of 15 posts and more their number, and how far they lean to positive.

    Only posts in which no denial or wish may reach the word count.
    """
    taught = [post for post in posts if post.id in shares]
    lean = np.array([shares[post.id][2] - shares[post.id][0] for post in taught])
    held: dict[str, list[int]] = {}
    for number, post in enumerate(taught):
        for word in filter(_may_be_opinion, _plainly_said(post.text)):
            held.setdefault(word, []).append(number)
    return {
        word: (len(numbers), float(lean[numbers].mean() - lean.mean()))
        for word, numbers in sorted(held.items())
        if len(numbers) >= _POSTS
    }


def _plainly_said(text: str) -> set[str]:
    """Return the words of a post but for those that follow a denial or a wish within eight."""
    found, reach = set(), 0
    for word in map(squeeze, tokens(text)):
        if word in BEGINS:
            reach = FAR
        elif reach:
            reach -= 1
        else:
            found.add(word)
    return found


def _opinions_of_lexicon(valences: Mapping[str, float], model: AnyModel) -> dict[str, str]:
    """Return the words of a lexicon, `good` or `bad`, whose valence the model agrees with."""
    strong = {word: valence for word, valence in valences.items() if abs(valence) >= _VALENCE}
    words = sorted(filter(_may_be_opinion, strong))
    chances = _chances(model, [f"it is {word}" for word in words])
    kinds = ["good" if strong[word] > 0 else "bad" for word in words]
    return {
        word: kind
        for word, kind, (bad, good) in zip(words, kinds, chances, strict=True)
        if (good if kind == "good" else bad) > _AGREES
    }


def _chances(model: AnyModel, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the model's chances of `negative` and `positive` for each text: (texts, 2)."""
    columns = [model.labels.index(label) for label in (LABELS[0], LABELS[2])]
    return np.asarray(model.text_chances(texts), np.float64).reshape(-1, len(LABELS))[:, columns]


def _may_be_opinion(word: str) -> bool:
    return len(word) > 2 and word.isalpha() and word not in BEGINS and word not in _NO_OPINIONS


def read_valences(path: Path) -> dict[str, float]:
    """Return the valence of each word of a lexicon in the form of VADER's."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {word: float(valence) for word, valence, *_ in lines}


def main() -> None:
    """Read the arguments, find the words, write the file."""
    parser = argparse.ArgumentParser(prog="python -m models.opinions", description=__doc__)
    parser.add_argument("--posts", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument(
        "--teacher", type=Path, required=True, metavar="FILE", help="label shares (.tsv.gz)"
    )
    parser.add_argument(
        "--lexicon",
        type=Path,
        required=True,
        metavar="FILE",
        help="vader_lexicon.txt of the package vaderSentiment",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file (TSV)")
    arguments = parser.parse_args()
    posts = [row for path in arguments.posts for row in read_posts(path)]
    shares, valences = read_shares(arguments.teacher, LABELS), read_valences(arguments.lexicon)
    found = opinions_in(posts, shares, load_accurate(), valences)
    lines = [f"{word}\t{kind}\n" for word, kind in sorted(found.items())]
    arguments.out.write_text("".join(lines), encoding="utf-8")
    print(f"{len(found)} words of opinion in {arguments.out}")


if __name__ == "__main__":
    run(main)
