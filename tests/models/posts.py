"""Made-up labelled posts and trees, small enough to train on in a blink."""

from itertools import product
from pathlib import Path

from models.labelled_posts import LabelledPost
from models.tree import Features, Linear, Network, Node, Tree

_OPENINGS = ("today", "honestly", "so", "well", "this morning", "again", "right now", "oh")
_THINGS = ("the bus", "my coffee", "the match", "this song", "the rain", "our garden", "that film")
_VERDICTS = {
    "positive": ("is lovely :)", "makes me happy!", "was great ❤️", "is the best", "is not bad"),
    "negative": ("is awful :(", "makes me sad", "was not great", "is the worst!", "broke 😡"),
    "neutral": ("starts at ten", "is on the list", "was here", "comes on monday", "is in town"),
}


def posts() -> list[LabelledPost]:
    """Some 800 posts of three labels."""
    return [
        LabelledPost(str(number), label, f"{opening} {thing} {verdict}", "made-up")
        for number, (opening, thing, (label, verdict)) in enumerate(
            product(
                _OPENINGS,
                _THINGS,
                [(label, verdict) for label, all_ in _VERDICTS.items() for verdict in all_],
            )
        )
    ]


def tree(estimator: Linear | Network | None = None) -> Tree:
    """The usual two nodes."""
    estimator = estimator or Linear()
    features = Features(words=3, min_count=1, scopes=True)
    sentiment = Node("sentiment", {"negative": None, "positive": None}, features, estimator)
    root = Node("subjectivity", {"neutral": None, "polarized": sentiment}, features, estimator)
    return Tree(root)


def write_tsv(path: Path, rows: list[LabelledPost]) -> Path:
    """`rows` as a file of the shape that the tools read."""
    lines = ["id\tlabel\ttext\tsource", *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
