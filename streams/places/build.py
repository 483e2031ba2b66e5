"""Make the bundled table: `python -m streams.places.build CITIES.json COUNTRIES.json ADMIN1.json`.

SOURCES.md says which files, where they come from, and under which licences.
"""

import gzip
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

import msgspec

from streams.box import Box
from streams.places import spellings
from streams.places.folding import fold
from streams.places.lookup import CAPITAL_SHARE
from streams.places.outline import Region, around, disc, region_of
from streams.places.table import FILE

MIN_PEOPLE = 50_000
MIN_PEOPLE_IN = dict.fromkeys(("AU", "CA", "GB", "IE", "NZ", "US"), 15_000)
LANGUAGES = ("en", "de", "es", "fr")
CODED = frozenset(("AU", "CA", "US"))
"""Countries whose regions people write as a code, the last part of that of ISO 3166-2."""
KM_OF_TOWNS, KM_OF_WIDE_TOWNS = 9.5, 15.0
"""How far from its middle a town of a million people reaches, as measured on those known well."""
WIDE = frozenset(("AU", "CA", "NZ", "US"))
"""Countries whose towns have wide streets."""
TOWN_SIDE_KM = 60
"""A region of a town's own name, no larger than this, is that town."""

Json = dict[str, Any]
Group = tuple[str, str, str]


class PlaceRows:
    """The rows so far, and the number and box of each by its key."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers: dict[object, int] = {}
        self.boxes: dict[object, Box] = {}

    def add(
        self,
        key: object,
        kind: str,
        names: Sequence[str],
        others: Iterable[str],
        country: str,
        parent: object,
        box: Box,
        people: int,
    ) -> None:
        """Append a row; names that fold to the same are written once."""
        self.numbers[key], self.boxes[key] = len(self.lines), box
        own: dict[str, str] = {}
        for name in names:
            own.setdefault(fold(name), name)
        rest = {fold(name): name for name in others if name and fold(name) not in own}
        fields = (
            kind,
            "|".join(own.values()),
            "|".join(rest.values()),
            country,
            str(self.numbers.get(parent, -1)),
            " ".join(map(str, _hundredths(box))),
            str(ceil(people / 1000)),
        )
        self.lines.append("\t".join(fields))


def build(cities: Iterable[Json], countries: Json, features: Iterable[Json]) -> str:
    """Return the table as text: countries, groups of regions, regions, towns."""
    regions: dict[str, list[Region]] = defaultdict(list)
    for region in map(Region, features):
        if region.country in countries and region.names:
            regions[region.country].append(region)
    towns = sorted(cities, key=lambda city: (-city["population"], city["geonameid"]))
    homes = [_settle(regions.get(town["countrycode"], []), town) for town in towns]
    largest: dict[tuple[str, str], int] = {}
    for town in towns:
        for name in _town_names(town):
            largest.setdefault((town["countrycode"], fold(name)), town["population"])
    rows = PlaceRows()
    for code, members in sorted(regions.items()):
        _add_country(rows, code, countries[code], members)
    for area, (code, box, people) in spellings.AREAS.items():
        if code in regions:
            rows.add(area, "r", area.split("|"), (), code, code, box, people * 1000)
    parents: dict[Region, Group] = {}
    for group in spellings.GROUPS:
        _add_group(rows, group, regions[group[0]], parents)
    for code, members in sorted(regions.items()):
        for region in sorted(members, key=lambda region: -region.people):
            names = {fold(name) for name in region.names}
            namesake = max(largest.get((code, name), 0) for name in names)
            _add_region(rows, region, parents.get(region, code), namesake)
    for town, home in zip(towns, homes, strict=True):
        code = town["countrycode"]
        if code in regions and town["population"] >= MIN_PEOPLE_IN.get(code, MIN_PEOPLE):
            _add_town(rows, town, home, parents.get(home) if home else None)
    if lost := {*spellings.TOWNS, *spellings.BOXES} - rows.numbers.keys():
        raise ValueError(f"no such town: {sorted(lost)}")
    return "\n".join(rows.lines) + "\n"


def _settle(regions: Sequence[Region], town: Json) -> Region | None:
    code = f"{town['countrycode']}.{town['admin1code']}"
    home = region_of(regions, code, town["longitude"], town["latitude"])
    if home:
        home.settle(town["name"], town["population"])
    return home


def _add_country(rows: PlaceRows, code: str, facts: Json, members: Iterable[Region]) -> None:
    known = [facts["name"].strip().removeprefix("The "), *_split(spellings.COUNTRIES.get(code))]
    names = [*_split(spellings.RENAMED.get(code)), *known]
    box = around(span for region in members for span in region.spans)
    others = (code, facts["iso3"], *_split(spellings.ENDONYMS.get(code)))
    rows.add(code, "c", names, others, code, None, box, facts["population"])


def _add_group(
    rows: PlaceRows, group: Group, candidates: Iterable[Region], parents: dict[Region, Group]
) -> None:
    code, level, name = group
    members = [region for region in candidates if region.facts[level] == name]
    inside = parents.get(members[0], code)  # Greater London comes after England
    box = around(span for region in members for span in region.spans)
    people = sum(region.people for region in members)
    rows.add(group, "r", spellings.GROUPS[group].split("|"), (), code, inside, box, people)
    parents.update(dict.fromkeys(members, group))


def _add_region(rows: PlaceRows, region: Region, parent: object, namesake: int) -> None:
    """Add a region; `namesake` is how many people a town of the same name has."""
    names, others = region.names, [region.facts[f"name_{language}"] for language in LANGUAGES]
    box = around(region.spans)
    if namesake >= CAPITAL_SHARE * region.people > 0 and not _is_town(box):
        names.insert(0, f"{names[0]} {'(state)' if region.country == 'US' else '(region)'}")
    if region.country == "US":
        names.append(f"{names[-1]} State")
    if region.country in CODED:
        (names if region.country == "US" else others).append(region.facts["iso_3166_2"][3:])
    others += _split(region.facts["name_alt"])
    languages = spellings.LANGUAGES.get(region.country, "")
    others += [region.facts.get(f"name_{language}") for language in languages.split()]
    rows.add(region, "r", names, others, region.country, parent, box, region.people)


def _add_town(rows: PlaceRows, town: Json, home: Region | None, group: Group | None) -> None:
    name, code, people = town["name"], town["countrycode"], town["population"]
    key: object = f"{name}, {code}"
    names = [name]
    km = KM_OF_WIDE_TOWNS if code in WIDE else KM_OF_TOWNS
    box = disc(town["longitude"], town["latitude"], people, km)
    if key in rows.numbers:  # the first of a name is the largest: spellings are about that
        key = town["geonameid"]
    else:
        names = _town_names(town)
        box = spellings.BOXES.get(f"{name}, {code}") or box
        if home and name == home.town[0] and _is_town(rows.boxes[home]):
            box = rows.boxes[home]
        elif group and fold(group[2]) == fold(f"Greater {name}") and _is_town(rows.boxes[group]):
            box = rows.boxes[group]
    rows.add(key, "t", names, _in_own_script(town), code, home or code, box, people)


def _in_own_script(town: Json) -> list[str]:
    """Return the names of a town in the scripts of its country, as far as GeoNames has them."""
    scripts = tuple(spellings.SCRIPTS.get(town["countrycode"], "").split())
    if not scripts:
        return []
    names = filter(None, town.get("alternatenames") or ())
    return [each for each in names if unicodedata.name(each[0], "").startswith(scripts)]


def _town_names(town: Json) -> list[str]:
    key = f"{town['name']}, {town['countrycode']}"
    shown = _split(spellings.RENAMED.get(key))
    return [*shown, town["name"], *_split(spellings.TOWNS.get(key))]


def _is_town(box: Box) -> bool:
    return max(box.width_km, box.height_km) <= TOWN_SIDE_KM


def _hundredths(box: Box) -> Iterator[int]:
    """Round outward, so that nothing of the box is lost."""
    yield max(-18000, floor(box.west * 100 + 1e-6))
    yield max(-9000, floor(box.south * 100 + 1e-6))
    yield min(18000, ceil(box.east * 100 - 1e-6))
    yield min(9000, ceil(box.north * 100 - 1e-6))


def _split(names: str | None) -> list[str]:
    return names.split("|") if names else []


def main(arguments: list[str]) -> int:
    """Read the three files, write the table beside this module, say what it holds."""
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    cities, countries, admin1 = (msgspec.json.decode(Path(a).read_bytes()) for a in arguments)
    text = build(cities.values(), countries, admin1["features"])
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    (Path(__file__).parent / FILE).write_bytes(packed)
    print(dict(Counter(line[0] for line in text.splitlines())), len(packed), "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
