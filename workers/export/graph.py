"""Graphs for Gephi: who mentions, answers and reposts whom, and who uses which hashtag."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Literal

from workers.export.rows import ExportRow

MOST_EDGES = 100_000
"""Different edges that a graph may have: writing it takes about 4 kB of memory an edge."""
_MENTIONS = {
    "x": re.compile(r"(?<![\w@/])@(\w{1,15})(?!\w)", re.ASCII),
    "mastodon": re.compile(r"(?<![\w@/])@(\w+(?:@[\w.-]+\w)?)", re.ASCII),
    "bluesky": re.compile(r"(?<![\w@/])@([\w-]+(?:\.[\w-]+)+)", re.ASCII),
}
_HASHTAG = re.compile(r"(?<![\w&/#])[#＃](\w*[^\W\d_]\w*)")

GraphFormat = Literal["graphml", "gexf"]
GRAPHS: tuple[GraphFormat, ...] = ("graphml", "gexf")


class GraphTooLargeError(ValueError):
    """A graph with more edges than fit into memory; the text says what to do."""


class PostGraph:
    """Collects the edges of posts. An account is known by its id, or by its handle until then."""

    def __init__(self) -> None:
        self._edges: Counter[tuple[str, str, str]] = Counter()
        self._posts: Counter[str] = Counter()
        self._labels: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def add(self, row: ExportRow) -> None:
        """Count the edges of a post; raises GraphTooLargeError."""
        author = self._account(row.platform, row.author_id, row.author_handle)
        if author is None:
            return
        self._posts[author] += 1
        for kind, target in self._targets(row):
            self._edges[author, kind, target] += 1
        if len(self._edges) > MOST_EDGES:
            raise GraphTooLargeError(
                f"the graph has more than {MOST_EDGES:,} edges: choose fewer posts with --since,"
                " --until, --lang or --sample"
            )

    def write(self, out: BinaryIO, format: GraphFormat) -> None:
        """Write the graph: nodes with `kind` and `posts`, edges with `kind` and `weight`."""
        import networkx  # type: ignore[import-untyped]  # a tenth of a second that no table needs

        graph = networkx.MultiDiGraph()
        for node, posts in self._posts.items():
            graph.add_node(node, **self._attributes(node, posts))
        weights: Counter[tuple[str, str, str]] = Counter()
        for (source, kind, target), count in self._edges.items():
            weights[source, kind, self._ids.get(target, target)] += count
        for (source, kind, target), count in weights.items():
            graph.add_node(target, **self._attributes(target, self._posts[target]))
            graph.add_edge(source, target, key=kind, kind=kind, weight=count)
        if format == "gexf":
            networkx.write_gexf(graph, out)
        else:
            networkx.write_graphml_xml(graph, out)

    def _targets(self, row: ExportRow) -> Iterator[tuple[str, str]]:
        """Yield (kind, node). Of a repost only whom it repeats: the words are not its author's."""
        original = self._account(row.platform, row.original_author_id, row.original_author_handle)
        if row.kind == "retweet":
            if original is not None:
                yield "repost", original
            return
        if answered := self._account(row.platform, row.reply_to_author_id, None):
            yield "reply", answered
        pattern = _MENTIONS.get(row.platform, _MENTIONS["mastodon"])
        for handle in dict.fromkeys(each.casefold() for each in pattern.findall(row.text)):
            node = f"{row.platform}:@{handle}"
            self._labels.setdefault(node, f"@{handle}")
            yield "mention", node
        for tag in dict.fromkeys(each.casefold() for each in _HASHTAG.findall(row.text)):
            self._labels.setdefault(f"#{tag}", f"#{tag}")
            yield "hashtag", f"#{tag}"

    def _account(self, platform: str, id: str | None, handle: str | None) -> str | None:
        if not id:
            return None
        node = f"{platform}:{_printable(id)}"
        if handle:
            self._ids[f"{platform}:@{handle.casefold()}"] = node
            self._labels[node] = f"@{_printable(handle)}"
        return node

    def _attributes(self, node: str, posts: int) -> dict[str, Any]:
        kind = "hashtag" if node.startswith("#") else "account"
        return {"label": self._labels.get(node, node), "kind": kind, "posts": posts}


def write_graph(rows: Iterable[ExportRow], out: BinaryIO, format: GraphFormat) -> None:
    """Write the graph of the posts; raises GraphTooLargeError."""
    graph = PostGraph()
    for row in rows:
        graph.add(row)
    graph.write(out, format)


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(letter for letter in text if letter.isprintable())
