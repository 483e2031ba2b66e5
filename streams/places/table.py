"""The bundled table: countries, regions and towns with their boxes, read from one packed file."""

import gzip
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from streams.box import Box
from streams.places.folding import fold

Kind = Literal["country", "region", "town"]
_KINDS: dict[str, Kind] = {"c": "country", "r": "region", "t": "town"}
FILE = "places.tsv.gz"
_MARK = re.compile(r" \((region|state)\)$")


class PlaceRow(NamedTuple):
    """One place; `parent` is the number of the row it lies in, -1 for a country.

    `names` are its own, the one to show first; `others` are codes and names in other languages.
    `country` is ISO 3166 alpha-2, `box` in degrees, `population` in thousands.
    """

    kind: Kind
    names: tuple[str, ...]
    others: tuple[str, ...]
    country: str
    parent: int
    box: Box
    population: int


class PlaceTable:
    """All rows, parsed when asked for, and an index of their folded names."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._index: dict[str, list[int]] = {}
        for number, line in enumerate(self._lines):
            _, names, others, _ = line.split("\t", 3)
            for name in f"{names}|{others}".split("|") if others else names.split("|"):
                numbers = self._index.setdefault(fold(name), [])
                if not numbers or numbers[-1] != number:
                    numbers.append(number)
        self.keys = sorted(self._index)

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self._lines)

    def row(self, number: int) -> PlaceRow:
        """Parse a row by its number."""
        kind, names, others, country, parent, box, population = self._lines[number].split("\t")
        return PlaceRow(
            _KINDS[kind],
            tuple(names.split("|")),
            tuple(filter(None, others.split("|"))),
            country,
            int(parent),
            Box(*(int(hundredths) / 100 for hundredths in box.split())),
            int(population),
        )

    def named(self, key: str) -> list[PlaceRow]:
        """Return the rows of a folded name."""
        return [self.row(number) for number in self._index.get(key, ())]

    def starting(self, prefix: str) -> Iterator[tuple[str, PlaceRow]]:
        """Yield the folded names that start with `prefix`, each with its rows."""
        for at in range(bisect_left(self.keys, prefix), len(self.keys)):
            key = self.keys[at]
            if not key.startswith(prefix):
                return
            for row in self.named(key):
                yield key, row

    def above(self, row: PlaceRow) -> Iterator[PlaceRow]:
        """Yield the rows that a row lies in, the smallest first."""
        while row.parent >= 0:
            row = self.row(row.parent)
            yield row

    def label(self, row: PlaceRow) -> str:
        """Name a row so that no other is meant: town, region, country."""
        larger = [above for above in self.above(row) if above.box != row.box]
        return ", ".join([row.names[0], *(_MARK.sub("", above.names[0]) for above in larger[-2:])])


@cache
def bundled() -> PlaceTable:
    """Read the table that comes with the package, once a process."""
    packed = files("streams.places").joinpath(FILE).read_bytes()
    return PlaceTable(gzip.decompress(packed).decode())
