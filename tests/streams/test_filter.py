"""Filters: what may be asked for, and the name of what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.box import Box
from streams.filter import MAX_KEYWORDS, MAX_TERM, Filter, FilterError
from streams.place import Place

MADRID = Place("Madrid, Spain", Box(-3.89, 40.31, -3.51, 40.65), "ES")


@pytest.mark.parametrize(
    ("wanted", "field", "code"),
    [
        (Filter(), "word", "empty_filter"),
        (Filter("   "), "word", "empty_filter"),
        (Filter("", ("", " ")), "word", "empty_filter"),
        (Filter("x" * (MAX_TERM + 1)), "word", "too_long"),
        (Filter("x" * 5_000), "word", "too_long"),
        (Filter("a", ("b" * 5_000,)), "keywords", "too_long"),
        (Filter("a", tuple(map(str, range(MAX_KEYWORDS + 1)))), "keywords", "too_many"),
        (Filter("a\x00b"), "word", "control_character"),
        (Filter("a\x1bb"), "word", "control_character"),
        (Filter("a\ud800b"), "word", "control_character"),
        (Filter('say "hi"'), "word", "quote"),
        (Filter("..*"), "word", "not_searchable"),
        (Filter("a", ("(",)), "keywords", "not_searchable"),
        (Filter("a", ("geo: 1 2 3",)), "keywords", "bad_box"),
        (Filter("a", ("geo:1,2,3,91",)), "keywords", "bad_box"),
        (Filter("a", ("geo:" + "9" * 200,)), "keywords", "bad_box"),
        (Filter("geo: here"), "word", "bad_box"),
        (Filter("a", languages=("english",)), "languages", "unknown_language"),
        (Filter("a", languages=("en OR cats",)), "languages", "unknown_language"),
        (Filter("a", place=Place("", Box(0, 0, 999, 1))), "place", "bad_box"),
        (Filter("a", place=Place("", Box(0, float("nan"), 1, 1))), "place", "bad_box"),
        (Filter("a", place=Place("", Box(0, 0, 1, 1), "ES OR x")), "place", "bad_country"),
        (Filter("a", place=Place("x" * 300, Box(0, 0, 1, 1))), "place", "too_long"),
    ],
)
def test_what_cannot_be_used_is_named(wanted: Filter, field: str, code: str) -> None:
    with pytest.raises(FilterError) as caught:
        wanted.checked()
    assert (caught.value.field, caught.value.code) == (field, code)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "word", ["[a-z]+*", "(a+)+$", "C++", "#rain", "@demo", "50%", "☔", "ß", "雨"]
)
def test_signs_that_mean_something_elsewhere_are_just_text(word: str) -> None:
    assert Filter(word).checked().terms == (word,)


def test_blanks_around_and_within_terms_do_not_count() -> None:
    wanted = Filter("  heavy \t rain ", ("snow", "", " snow"), ("en", "en", "es")).checked()
    assert wanted.word == "heavy rain"
    assert wanted.terms == ("heavy rain", "snow")
    assert wanted.languages == ("en", "es")


def test_a_box_may_stand_among_the_keywords_however_it_is_written() -> None:
    wanted = Filter("rain", ("geo:-3.5,40.6, -3.9 40.3", "geo: -3.5 40.6 -3.9 40.3")).checked()
    assert wanted.terms == ("rain", "geo: -3.5 40.6 -3.9 40.3")
    assert wanted.words == ("rain",)
    assert wanted.boxes == (Box(-3.9, 40.3, -3.5, 40.6),)


def test_a_place_alone_is_a_filter() -> None:
    assert Filter(place=MADRID).checked().place == MADRID


def test_no_language_means_every_language() -> None:
    assert Filter("rain", languages=()).checked().languages == ()


@given(st.text(max_size=400))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    try:
        checked = Filter(text).checked()
    except FilterError:
        return
    assert checked.checked() == checked
    assert 0 < len(checked.word) <= MAX_TERM
