"""The hierarchy as data: nodes with their own features and estimator, any depth, any labels."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

UNKNOWN = "unknown"


class Features(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a node looks at: word n-grams up to `words` long that occur in `min_count` posts.

    With `scopes` it sees marks for denied, wished and asked opinions, too (models.scopes).
    """

    words: int = 2
    min_count: int = 2
    scopes: bool = False


class Linear(msgspec.Struct, frozen=True, tag_field="kind", tag="linear"):
    """Logistic regression; `c` is the inverse strength of its penalty."""

    c: float = 1.0


class Network(msgspec.Struct, frozen=True, tag_field="kind", tag="network"):
    """One hidden layer of `hidden` rectified units, trained for `epochs` passes.

    `drop` is the share of the words of a post that each pass leaves out at random, so that none
    is relied on alone.
    """

    hidden: int = 16
    epochs: int = 3
    penalty: float = 0.0
    rate: float = 0.1
    drop: float = 0.2
    seed: int = 0


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question: which child? A child that is null is a leaf, and its name the label."""

    name: str
    children: dict[str, "Node | None"]
    features: Features = Features()
    estimator: Linear | Network = Linear()


class Leaf(NamedTuple):
    """A label and the way to it: (number of the node, number of the child) from the root on."""

    label: str
    path: str
    steps: tuple[tuple[int, int], ...]


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole hierarchy.

    `shares` are the relative shares of the leaves that training weighs the posts to; 1 each, the
    default, makes the likeliest leaf the choice that maximises macro-averaged recall. `teacher`,
    0 to 1, is the weight of the teacher against the label of a labelled post.
    """

    root: Node
    language: str = "en"
    shares: dict[str, float] = {}
    teacher: float = 0.5

    def nodes(self) -> list[Node]:
        """All nodes, the root first, each before its children."""
        return list(_walk(self.root))

    def leaves(self) -> list[Leaf]:
        """The leaves from left to right."""
        numbers = {id(node): number for number, node in enumerate(self.nodes())}
        return list(_leaves(self.root, (), (), numbers))


def read_tree(source: Path | bytes) -> Tree:
    """The checked tree of a JSON file or text; ValueError (or OSError) says what is wrong."""
    text = source.read_bytes() if isinstance(source, Path) else source
    try:
        tree = msgspec.json.decode(text, type=Tree)
    except msgspec.DecodeError as error:
        raise ValueError(f"tree: {error}") from None
    return check_tree(tree)


def one_question(name: str, labels: Collection[str]) -> Tree:
    """Return a hierarchy of one question with these labels; raises ValueError for too few."""
    children: dict[str, Node | None] = dict.fromkeys(sorted(labels))
    features = Features(words=2, min_count=2)
    return check_tree(Tree(Node(name, children, features, Linear(c=3.0))))


def check_tree(tree: Tree) -> Tree:
    """`tree` itself; raises ValueError when it cannot be trained or walked."""
    nodes = tree.nodes()
    for node in nodes:
        if len(node.children) < 2:
            raise ValueError(f"tree: node {node.name!r} needs two children or more")
        if node.features.words < 1 or node.features.min_count < 1:
            raise ValueError(f"tree: node {node.name!r}: words and min_count start at 1")
    for kind, names in (
        ("node", [node.name for node in nodes]),
        ("label", [leaf.label for leaf in tree.leaves()]),
    ):
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"tree: {kind} {min(twice)!r} occurs twice")
    labels = {leaf.label for leaf in tree.leaves()}
    if UNKNOWN in labels:
        raise ValueError(f"tree: {UNKNOWN!r} is reserved for posts that the model cannot label")
    if strange := set(tree.shares) - labels:
        raise ValueError(f"tree: a share for {min(strange)!r}, which is no leaf")
    if any(share <= 0 for share in tree.shares.values()):
        raise ValueError("tree: shares are above 0")
    if not 0 <= tree.teacher <= 1:
        raise ValueError("tree: teacher is 0 to 1")
    return tree


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children.values():
        if child is not None:
            yield from _walk(child)


def _leaves(
    node: Node, names: tuple[str, ...], steps: tuple[tuple[int, int], ...], numbers: dict[int, int]
) -> Iterator[Leaf]:
    for position, (name, child) in enumerate(node.children.items()):
        way, walked = (*names, name), (*steps, (numbers[id(node)], position))
        if child is None:
            yield Leaf(name, " > ".join(way), walked)
        else:
            yield from _leaves(child, way, walked, numbers)
