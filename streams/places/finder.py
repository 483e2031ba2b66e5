"""The finder of places: Google when there is a key, else the bundled table."""

from functools import lru_cache

from streams.place import Place
from streams.places import google, lookup
from streams.places.errors import UnknownPlace
from streams.places.folding import fold
from streams.places.table import bundled

MAX_TEXT = 200
"""Characters; a longer text names no place."""
KEPT = 256
"""Answers of Google that are kept in memory."""


class Places:
    """Finds places by name. One for a process: it keeps the last answers."""

    def __init__(self, google_key: str | None, google_url: str | None = None) -> None:
        self._key = google_key
        self._url = google_url or google.URL
        self._ask_google = lru_cache(maxsize=KEPT)(self._from_google)

    def find(self, text: str) -> Place:
        """Return the place that `text` names; raises UnknownPlace or PlacesUnavailable."""
        if len(text) > MAX_TEXT or not fold(text):
            raise UnknownPlace(text)
        if not self._key:
            return lookup.find(bundled(), text)
        try:
            return self._ask_google(" ".join(text.split()).casefold())
        except UnknownPlace:
            raise UnknownPlace(text, lookup.near(bundled(), text)) from None

    def suggest(self, prefix: str, limit: int = 8) -> list[Place]:
        """Return places that `prefix` may become, from the bundled table: best first."""
        if len(prefix) > MAX_TEXT:
            return []
        return lookup.suggest(bundled(), prefix, limit)

    def _from_google(self, text: str) -> Place:
        return google.find(text, self._key or "", self._url)
