"""Places apply to the sources whose posts carry them; the others are asked for words alone."""

import pytest

from streams.box import Box
from streams.filter import Filter, FilterError
from streams.place import Place
from streams.source_limits import check_places, filter_for, place_note

HERE = Place("here", Box.of(0, 0, 1, 1))
BOX = "geo: 0 0 1 1"


@pytest.mark.parametrize(
    ("wanted", "sources", "field"),
    [
        (Filter("rain", place=HERE), ("x",), None),
        (Filter("rain", place=HERE), ("bluesky",), "place"),
        (Filter("rain", (BOX,)), ("bluesky", "mastodon"), "keywords"),
        (Filter("rain", (BOX,), place=HERE), ("x", "bluesky"), None),
        (Filter(place=HERE), ("x", "bluesky"), "word"),
        (Filter(BOX), ("x", "mastodon"), "word"),
        (Filter("rain"), ("bluesky",), None),
        (Filter("rain", place=HERE), ("client",), None),
    ],
)
def test_a_place_needs_a_source_that_has_places_and_words_for_those_without(
    wanted: Filter, sources: tuple[str, ...], field: str | None
) -> None:
    if field is None:
        check_places(wanted, sources)
        return
    with pytest.raises(FilterError) as refused:
        check_places(wanted, sources)
    assert (refused.value.field, refused.value.code) == (field, "no_places")


def test_sources_without_places_are_asked_for_the_words() -> None:
    wanted = Filter("rain", ("snow", BOX), place=HERE)
    assert filter_for("x", wanted) == wanted
    assert filter_for("bluesky", wanted) == Filter("rain", ("snow",))


def test_a_sentence_says_to_which_sources_a_place_applies() -> None:
    wanted = Filter("rain", place=HERE)
    assert place_note(wanted, ("x", "bluesky", "mastodon")) == (
        "Bluesky and Mastodon posts carry no place: the box applies to X only."
    )
    assert place_note(wanted, ("x",)) is None
    assert place_note(Filter("rain"), ("x", "bluesky")) is None
