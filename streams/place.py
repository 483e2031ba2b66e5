"""A place that a filter can be about: a name, a box and the country it lies in."""

import msgspec

from streams.box import Box


class Place(msgspec.Struct, frozen=True):
    """Name as shown, box in degrees, ISO 3166 alpha-2 country (None when drawn or unknown).

    `is_country` says that the place is that country as a whole.
    """

    name: str
    box: Box
    country: str | None = None
    is_country: bool = False
