"""Looking a place up in the bundled table."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import islice

from streams.place import Place
from streams.places.errors import AmbiguousPlace, UnknownPlace
from streams.places.folding import fold
from streams.places.spellings import CONTINENTS
from streams.places.table import PlaceRow, PlaceTable

CAPITAL_SHARE = 0.1
"""A town that holds this share of a region of its name is meant before the region."""

RIVAL_SHARE = 0.1
"""A country or region of the same name, elsewhere, that is so large may be meant as well."""
CODE_LENGTH = 3
"""Letters of a code of ISO 3166, at most."""
SHOWN = 5


def find(table: PlaceTable, text: str) -> Place:
    """Return the place that is most likely meant: `name`, or `name, what it lies in`.

    Of several towns, the most populous. Raises UnknownPlace, and AmbiguousPlace when countries or
    regions of several countries may be meant, or when it is more than one country.
    """
    _check_continent(table, text)
    for name, within in _readings(text):
        rows = [row for row in table.named(name) if _lies_in(table, row, within)]
        if rows:
            first = _likeliest(rows, name)
            if not within:
                _check_rivals(table, text, [row for row in rows if _may_be_meant(row, first, name)])
            return place_of(table, first)
    raise UnknownPlace(text, near(table, text))


def suggest(table: PlaceTable, prefix: str, limit: int) -> list[Place]:
    """Return places whose name, or whole label, starts with `prefix`, the most populous first."""
    name, comma, _ = prefix.partition(",")
    start, whole = fold(name), fold(prefix)
    if not start:
        return []
    rows = dict.fromkeys(row for key, row in table.starting(start) if not comma or key == start)
    shown = {row: fold(row.names[0]).startswith(start) for row in rows}
    labels: dict[str, PlaceRow] = {}
    for row in sorted(rows, key=lambda row: (shown[row], row.population), reverse=True):
        if len(labels) >= limit:
            break
        label = table.label(row)
        if not comma or fold(label).startswith(whole):
            labels.setdefault(label, row)
    return [place_of(table, row) for row in labels.values()]


def near(table: PlaceTable, text: str, limit: int = 5) -> tuple[str, ...]:
    """Return labels of places spelt much like `text`, best first."""
    name = fold(text.partition(",")[0])
    if not name:
        return ()
    alike = [key for key in table.keys if key[0] == name[0] and abs(len(key) - len(name)) <= 3]
    keys = get_close_matches(name, alike, n=3 * limit, cutoff=0.7)
    rows = [_likeliest(table.named(key), key) for key in keys]
    likeness = [SequenceMatcher(None, key, name).ratio() for key in keys]
    ranked = sorted(zip(likeness, rows, strict=True), key=lambda r: (-r[0], -r[1].population))
    labels = dict.fromkeys(table.label(row) for _, row in ranked)
    return tuple(labels)[:limit] or tuple(place.name for place in suggest(table, name, limit))


def place_of(table: PlaceTable, row: PlaceRow) -> Place:
    """Make a place of a row."""
    return Place(table.label(row), row.box, row.country, is_country=row.kind == "country")


def _readings(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (name, what it lies in) as folded keys: by the commas, else by every blank."""
    name, *within = (fold(part) for part in text.split(","))
    yield name, [part for part in within if part]
    words = fold(text).split()
    if words[:1] == ["the"]:
        yield " ".join(words[1:]), []
    if not within:
        for cut in islice(range(len(words) - 1, 0, -1), 4):
            yield " ".join(words[:cut]), [" ".join(words[cut:])]


def _lies_in(table: PlaceTable, row: PlaceRow, within: Sequence[str]) -> bool:
    if not within:
        return True
    known = {fold(name) for larger in table.above(row) for name in (*larger.names, *larger.others)}
    return known.issuperset(within)


def _may_be_meant(row: PlaceRow, first: PlaceRow, name: str) -> bool:
    """Return whether a row is the likeliest one, or one in another country that may be meant."""
    if row == first or first.kind == "country":
        return row == first
    is_code = len(name) <= CODE_LENGTH
    own = any(fold(mine) == name for mine in row.names)
    named = own or (is_code and row.kind == "country")
    comparable = row.kind != "town" and (first.kind != "town" or is_code)
    large = row.population >= RIVAL_SHARE * first.population
    return named and comparable and large and row.country != first.country


def _check_rivals(table: PlaceTable, text: str, rows: list[PlaceRow]) -> None:
    if len(rows) > 1:
        ranked = sorted(rows, key=lambda row: -row.population)[:SHOWN]
        labels = tuple(table.label(row) for row in ranked)
        raise AmbiguousPlace(text, labels, "is the name of several places")


def _check_continent(table: PlaceTable, text: str) -> None:
    """Raise AmbiguousPlace for a part of the world: a place lies in one country."""
    for names, codes in CONTINENTS.items():
        if fold(text).removeprefix("the ") in map(fold, names.split("|")):
            rows = [row for code in codes.split() for row in table.named(fold(code))]
            labels = tuple(table.label(row) for row in rows if row.kind == "country")
            raise AmbiguousPlace(text, labels, "is more than one country")


def _likeliest(rows: Sequence[PlaceRow], name: str) -> PlaceRow:
    own = [row for row in rows if any(fold(mine) == name for mine in row.names)]
    candidates = own or rows
    first = max(candidates, key=lambda row: row.population)
    for row in own:
        if row.kind == "country" and row.country == first.country:
            return row
    towns = [row for row in candidates if row.kind == "town"]
    if first.kind == "region" and towns:
        town = max(towns, key=lambda row: row.population)
        if town.population >= CAPITAL_SHARE * first.population:
            return town
    return first
