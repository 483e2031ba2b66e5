"""Asking Google's geocoding service for a place."""

import logging
from typing import Any

import msgspec
import requests

from streams.box import Box
from streams.place import Place
from streams.places.errors import PlacesUnavailable, UnknownPlace

URL = "https://maps.googleapis.com/maps/api/geocode/json"
TIMEOUT = 5
"""Seconds to connect, and again between bytes of the answer."""
_REFUSALS = {
    "OVER_DAILY_LIMIT": "its daily limit is used up, or billing is off for its project",
    "OVER_QUERY_LIMIT": "too many questions were asked at once",
    "REQUEST_DENIED": "the key is not accepted",
    "UNKNOWN_ERROR": "the service has a fault",
}
_ADVICE = "Try again soon, or unset GOOGLE_GEOCODING_KEY to use the bundled table of places."
_log = logging.getLogger(__name__)


class _Corner(msgspec.Struct):
    lat: float
    lng: float


class _Bounds(msgspec.Struct):
    northeast: _Corner
    southwest: _Corner

    def box(self) -> Box:
        low, high = self.southwest, self.northeast
        return Box.of(low.lng, low.lat, high.lng, high.lat)


class _Geometry(msgspec.Struct):
    viewport: _Bounds
    bounds: _Bounds | None = None


class _Component(msgspec.Struct):
    short_name: str = ""
    types: list[str] = []


class _Result(msgspec.Struct):
    formatted_address: str
    geometry: _Geometry
    address_components: list[_Component] = []
    types: list[str] = []

    def place(self) -> Place:
        parts = self.address_components
        country = next((part.short_name for part in parts if "country" in part.types), None)
        box = (self.geometry.bounds or self.geometry.viewport).box()
        return Place(self.formatted_address, box, country, is_country="country" in self.types)


class _Answer(msgspec.Struct):
    status: str
    results: list[_Result] = []
    error_message: str = ""


def find(text: str, key: str, url: str = URL) -> Place:
    """Return the first place that Google gives; raises UnknownPlace or PlacesUnavailable."""
    answer = _ask(text, key, url)
    if answer.status == "UNKNOWN_ERROR":  # the one status that Google asks to try again
        answer = _ask(text, key, url)
    if answer.status == "OK" and answer.results:
        try:
            return answer.results[0].place()
        except ValueError:
            raise _unavailable("it gave a box that is none") from None
    if answer.status in ("OK", "ZERO_RESULTS", "INVALID_REQUEST"):
        raise UnknownPlace(text)
    _log.warning("Google geocoding: %s %s", answer.status, answer.error_message.replace(key, "…"))
    raise _unavailable(_REFUSALS.get(answer.status, "it gave an unknown answer"))


def _ask(text: str, key: str, url: str) -> _Answer:
    query: dict[str, Any] = {"address": text, "key": key, "language": "en"}
    try:
        response = requests.get(url, params=query, timeout=TIMEOUT)
        return msgspec.json.decode(response.content, type=_Answer)
    except (requests.RequestException, msgspec.DecodeError, UnicodeDecodeError):
        # The key is part of the address that these errors repeat: they go no further.
        raise _unavailable("it did not answer") from None


def _unavailable(why: str) -> PlacesUnavailable:
    return PlacesUnavailable(f"Google geocoding cannot be used: {why}. {_ADVICE}")
