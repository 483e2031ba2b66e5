"""Outlines of regions and the boxes around them; used to make the table only."""

from collections.abc import Iterable
from itertools import pairwise
from math import cos, isqrt, radians
from typing import Any

from streams.box import KM_PER_DEGREE, Box
from streams.places.folding import fold

OVERSEAS = {
    "BVT": "BV", "GLP": "GP", "GUF": "GF", "MTQ": "MQ", "MYT": "YT", "NSV": "SJ", "REU": "RE"
}  # fmt: skip
"""Natural Earth units that ISO 3166 counts as countries of their own."""

Ring = list[list[float]]
Span = tuple[float, float, float, float]
"""West, south, east, north; never across the antimeridian."""


class Region:
    """A first-level region of Natural Earth, with the people of the towns found in it."""

    def __init__(self, feature: dict[str, Any]) -> None:
        shape, self.facts = feature["geometry"], feature["properties"]
        several = shape["type"] == "MultiPolygon"
        polygons = shape["coordinates"] if several else [shape["coordinates"]]
        self.rings: list[Ring] = [outer for outer, *_holes in polygons]
        self.country: str = OVERSEAS.get(self.facts["gu_a3"], self.facts["iso_a2"])
        if self.facts["iso_3166_2"].startswith("NL-BQ"):
            self.country = "BQ"
        if self.country == "US":  # the western Aleutians, past the antimeridian, have no town
            self.rings = [ring for ring in self.rings if ring[0][0] < 0]
        self.spans = [_span(ring) for ring in self.rings]
        self.people = 0
        self.town = ("", 0)
        """The largest town of the region's own name, and its people."""

    @property
    def names(self) -> list[str]:
        """Its names, in English first."""
        english, own = self.facts["name_en"], self.facts["name"]
        return [own] if self.country == "US" else [name for name in (english, own) if name]

    def settle(self, town: str, people: int) -> None:
        """Count a town as lying here."""
        self.people += people
        if people > self.town[1] and fold(town) in map(fold, self.names):
            self.town = (town, people)

    def distance(self, lon: float, lat: float) -> float:
        """Degrees from a point to the nearest corner of the outline: 0 inside, 360 if far."""
        near = [
            ring
            for ring, (west, south, east, north) in zip(self.rings, self.spans, strict=True)
            if west - 0.5 <= lon <= east + 0.5 and south - 0.5 <= lat <= north + 0.5
        ]
        if any(_inside(ring, lon, lat) for ring in near):
            return 0.0
        return min((abs(x - lon) + abs(y - lat) for ring in near for x, y in ring), default=360.0)


def region_of(regions: Iterable[Region], code: str, lon: float, lat: float) -> Region | None:
    """Return the region with a GeoNames code (`DE.02`), else the one that holds the point."""
    for region in regions:  # codes mean other things in some countries: trust them nearby only
        if region.facts["gn_a1_code"] == code and region.distance(lon, lat) < 0.1:
            return region
    measured = [(region.distance(lon, lat), -n, region) for n, region in enumerate(regions)]
    nearest = min(measured, default=None)
    return nearest[2] if nearest and nearest[0] < 360 else None


def around(spans: Iterable[Span]) -> Box:
    """Return the narrowest box around spans, across the antimeridian if that is narrower."""
    wests, souths, easts, norths = zip(*sorted(spans), strict=True)
    pieces: list[tuple[float, float]] = []
    for west, east in zip(wests, easts, strict=True):
        if pieces and west <= pieces[-1][1]:
            west, east = pieces[-1][0], max(east, pieces.pop()[1])
        pieces.append((west, east))
    gaps = [(after[0] - before[1], after[0], before[1]) for before, after in pairwise(pieces)]
    gaps.append((pieces[0][0] + 360 - pieces[-1][1], pieces[0][0], pieces[-1][1]))
    _, west, east = max(gaps)
    return Box(west, min(souths), east, max(norths))


def disc(lon: float, lat: float, people: int, km_around_a_million: float) -> Box:
    """Return a box as large as a town of so many people tends to be."""
    km = min(30.0, max(4.0, isqrt(people) / 1000 * km_around_a_million))
    dy = km / KM_PER_DEGREE
    dx = dy / max(0.1, cos(radians(lat)))
    return Box(max(-180, lon - dx), max(-90, lat - dy), min(180, lon + dx), min(90, lat + dy))


def _span(ring: Ring) -> Span:
    lons, lats = zip(*ring, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _inside(ring: Ring, lon: float, lat: float) -> bool:
    inside = False
    x1, y1 = ring[-1]
    for x2, y2 in ring:
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
        x1, y1 = x2, y2
    return inside
