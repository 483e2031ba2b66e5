"""Places: from what a person typed to a box on the globe and the country it lies in."""

from streams.places.errors import AmbiguousPlace, PlacesUnavailable, UnknownPlace
from streams.places.finder import Places

__all__ = ["AmbiguousPlace", "Places", "PlacesUnavailable", "UnknownPlace"]
