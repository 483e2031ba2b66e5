"""Boxes and circles on the globe, and X's limits on them."""

import math
from typing import NamedTuple

KM_PER_MILE = 1.609344
KM_PER_DEGREE = 111.195
# X refuses sides and radii of 25 miles and more (older X documents, still enforced here).
LIMIT_KM = 25 * KM_PER_MILE


class MapBox(NamedTuple):
    """A box in degrees, in X's order."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Return whether a point lies inside, edges included."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def encloses(self, other: "MapBox") -> bool:
        """Return whether another box lies fully inside."""
        return (
            self.west <= other.west
            and self.south <= other.south
            and self.east >= other.east
            and self.north >= other.north
        )

    def size_km(self) -> tuple[float, float]:
        """Return width (at mid latitude) and height."""
        middle = math.radians((self.south + self.north) / 2)
        width = (self.east - self.west) * KM_PER_DEGREE * math.cos(middle)
        return width, (self.north - self.south) * KM_PER_DEGREE


def distance_km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the great-circle distance of two points."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, half)))


def parse_box(text: str) -> MapBox:
    """Read `west south east north`; ValueError says what is wrong with it."""
    try:
        box = MapBox(*(float(part) for part in text.split()))
    except (TypeError, ValueError):
        raise ValueError("bounding_box takes [west_long south_lat east_long north_lat]") from None
    if not (-180 <= box.west <= 180 and -180 <= box.east <= 180):
        raise ValueError("longitudes must be between -180 and 180")
    if not (-90 <= box.south <= 90 and -90 <= box.north <= 90):
        raise ValueError("latitudes must be between -90 and 90")
    if not (box.west < box.east and box.south < box.north):
        raise ValueError("the first corner of a bounding_box must be its south-west")
    if max(box.size_km()) >= LIMIT_KM:
        raise ValueError("the sides of a bounding_box must be less than 25 miles")
    return box


class Circle(NamedTuple):
    """A point and a radius around it."""

    lon: float
    lat: float
    radius_km: float

    def holds(self, lon: float, lat: float) -> bool:
        """Return whether a point lies inside."""
        return distance_km(self.lon, self.lat, lon, lat) <= self.radius_km

    def encloses(self, box: MapBox) -> bool:
        """Return whether all corners of a box lie inside."""
        return all(self.holds(x, y) for x in (box.west, box.east) for y in (box.south, box.north))


def parse_circle(text: str) -> Circle:
    """Read `lon lat 16km` or `lon lat 10mi`; ValueError says what is wrong with it."""
    parts = text.split()
    unit = {"km": 1.0, "mi": KM_PER_MILE}.get(parts[-1][-2:].lower()) if len(parts) == 3 else None
    try:
        if unit is None:
            raise ValueError
        lon, lat, radius = float(parts[0]), float(parts[1]), float(parts[2][:-2]) * unit
    except ValueError:
        message = "point_radius takes [longitude latitude radius], the radius in km or mi"
        raise ValueError(message) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("the point of a point_radius is not on the globe")
    if not 0 < radius < LIMIT_KM:
        raise ValueError("the radius of a point_radius must be less than 25 miles")
    return Circle(lon, lat, radius)
