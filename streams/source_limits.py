"""What a source cannot be asked for, told before a stream is saved."""

from streams.filter import Filter, FilterError
from streams.sources import SOURCES


def check_places(wanted: Filter, source: str) -> None:
    """Raise FilterError for a place where the posts of a source carry none."""
    kind = SOURCES.get(source)
    if kind is None or kind.has_places:
        return
    if wanted.place is not None:
        raise FilterError("place", "no_places", f"{kind.title} posts carry no place")
    if wanted.boxes:
        text = f"{kind.title} posts carry no place: leave out the keywords with geo:"
        raise FilterError("keywords", "no_places", text)
