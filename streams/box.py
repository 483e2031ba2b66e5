"""A box of longitudes and latitudes: the shape of a place."""

from math import ceil, cos, radians
from typing import Self

import msgspec

KM_PER_DEGREE = 111.195
"""Kilometres in one degree of latitude on a sphere of 6,371 km."""


class Box(msgspec.Struct, frozen=True, array_like=True):
    """West, south, east, north in degrees; west > east means across the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def of(cls, west: float, south: float, east: float, north: float) -> Self:
        """Make a box, or raise ValueError that says which number is wrong."""
        numbers = (west, south, east, north)
        if any(number != number or abs(number) > 360 for number in numbers):
            raise ValueError("a box is four finite degrees: west, south, east, north")
        if not (-180 <= west <= 180 and -180 <= east <= 180):
            raise ValueError("longitudes of a box lie between -180 and 180")
        if not (-90 <= south <= north <= 90):
            raise ValueError("latitudes of a box lie between -90 and 90, south below north")
        return cls(west, south, east, north)

    @property
    def span(self) -> float:
        """Width in degrees of longitude."""
        width = self.east - self.west
        return width if width >= 0 else width + 360

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle."""
        lon = self.west + self.span / 2
        return (lon - 360 if lon > 180 else lon, (self.south + self.north) / 2)

    @property
    def width_km(self) -> float:
        """Width at the latitude where the box is widest, in kilometres."""
        nearest = 0.0 if self.south <= 0 <= self.north else min(abs(self.south), abs(self.north))
        return self.span * KM_PER_DEGREE * cos(radians(nearest))

    @property
    def height_km(self) -> float:
        """Height in kilometres."""
        return (self.north - self.south) * KM_PER_DEGREE

    def contains(self, lon: float, lat: float) -> bool:
        """Return whether a point lies inside or on the edge."""
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east

    def tiles(self, side_km: float, overlap_km: float = 0.0) -> list["Box"]:
        """Cover with boxes, no side above `side_km`, in rows from the south-west.

        Neighbours share a strip of at least `overlap_km`, so that whatever is smaller than that
        lies wholly inside one of them.
        """
        return [
            Box(
                self.west if left == 0 else _wrap(self.west + self.span * left),
                self.south + (self.north - self.south) * low,
                self.east if right == 1 else _wrap(self.west + self.span * right),
                self.north if high == 1 else self.south + (self.north - self.south) * high,
            )
            for low, high in _parts(self.height_km, side_km, overlap_km)
            for left, right in _parts(self.width_km, side_km, overlap_km)
        ]


def _parts(size: float, side: float, overlap: float) -> list[tuple[float, float]]:
    """Cut a length into equal parts of at most `side`; give the ends as fractions of it."""
    if size <= side:
        return [(0.0, 1.0)]
    count = ceil((size - overlap) / (side - overlap))
    part = (size + (count - 1) * overlap) / count / size
    step = (1 - part) / (count - 1)
    return [(i * step, 1.0 if i == count - 1 else i * step + part) for i in range(count)]


def _wrap(lon: float) -> float:
    return lon - 360 if lon > 180 else lon
