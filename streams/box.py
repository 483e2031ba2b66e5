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
        return (self.east - self.west) % 360 if self.east != self.west else 0.0

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
        """Tell whether a point lies inside or on the edge."""
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east

    def tiles(self, side_km: float) -> list["Box"]:
        """Cut into equal boxes with no side above `side_km`, in rows from the south-west."""
        columns = max(1, ceil(self.width_km / side_km))
        rows = max(1, ceil(self.height_km / side_km))
        lons = [_wrap(self.west + self.span * i / columns) for i in range(columns + 1)]
        lats = [self.south + (self.north - self.south) * i / rows for i in range(rows + 1)]
        lons[0], lons[-1], lats[-1] = self.west, self.east, self.north
        return [
            Box(lons[c], lats[r], lons[c + 1], lats[r + 1])
            for r in range(rows)
            for c in range(columns)
        ]


def _wrap(lon: float) -> float:
    return lon - 360 if lon > 180 else lon
