"""A filter matched here takes the posts that X would send for it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.box import Box
from streams.filter import Filter
from streams.place import Place
from streams.places import Places
from streams.tokens import tokens
from streams.x_rules import rules_for
from tests.workers.sources.test_x_rules import post, post_in, shown
from workers.sources.local_match import FilterIndex, LocalMatch
from workers.sources.x.payload import Delivery, read_line

MADRID = Places(None).find("Madrid")
SPAIN = Places(None).find("Spain")


def delivery(payload: dict[str, Any]) -> Delivery:
    read = read_line(msgspec.json.encode(payload), 0)
    assert isinstance(read, Delivery)
    return read


def wanted(filter_: Filter, payload: dict[str, Any]) -> bool:
    return LocalMatch(filter_).matches(delivery(payload))


def by_x(filter_: Filter, payload: dict[str, Any]) -> bool:
    """Whether the live source would show a post: X's rules, then the boxes."""
    return shown(rules_for(filter_), payload)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rain, RAIN!", ["rain", "rain"]),
        ("a_b don't", ["a_b", "don", "t"]),
        ("caf\u00e9 cafe\u0301", ["caf\u00e9", "caf\u00e9"]),
        ("日本 ok", ["日", "本", "ok"]),
        ("हिंदी में", ["हिंदी", "में"]),
        ("ok👍🏽👍", ["ok", "👍🏽", "👍"]),
        ("🇪🇸🇫🇷", ["🇪🇸", "🇫🇷"]),
        ("❤\ufe0f", ["❤"]),
        ("  ", []),
    ],
)
def test_words_are_split_as_x_splits_them(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("term", "text", "matched"),
    [
        ("rain", "Rain again", True),
        ("rain", "rainy", False),
        ("rain", "#Rain", True),
        ("cafe", "café", False),
        ("CAFÉ", "café", True),
        ("new york", "New\n York", True),
        ("new york", "york new", False),
        ("new york", "new old york", False),
        ("coca-cola", "Coca Cola", True),
        ("#rain", "so #RAIN!", True),
        ("#rain", "#rainy", False),
        ("#rain", "rain", False),
        ("#rain", "a#rain", False),
        ("#café", "#Café", True),
        ("@bob", "hi @Bob.", True),
        ("@bob", "hi @bobby", False),
        ("@bob", "me@bob", False),
        ("$tsla", "$TSLA up", True),
        ("$tsla", "tsla", False),
        ("©", "© 2020", True),
        ("日本", "日本語", True),
        ("日本", "本日", False),
        ("👍", "so 👍", True),
        ("ra.n", "rain", False),
        ("or", "this or that", True),
        ("rain", "ＲＡＩＮ today", True),
        ("rain", "see https://example.org/rain-radar", True),
    ],
)
def test_terms(term: str, text: str, matched: bool) -> None:
    assert wanted(Filter(term, languages=()).checked(), post(text)) is matched


def test_any_term_will_do_in_any_of_the_languages() -> None:
    both = Filter("rain", ("snow",), ("en", "es"))
    assert wanted(both, post("snow", "es"))
    assert not wanted(both, post("hail", "es"))
    assert not wanted(both, post("snow", "fr"))
    assert not wanted(both, post("snow", "und"))


@pytest.mark.parametrize(
    ("asked", "said"), [("he", "iw"), ("iw", "iw"), ("in", "in"), ("id", "in")]
)
def test_languages_have_two_names(asked: str, said: str) -> None:
    assert wanted(Filter("rain", languages=(asked,)), post("rain", said))


def test_an_empty_filter_wants_everything() -> None:
    assert wanted(Filter(languages=()), post("anything", "und"))


def test_a_country_is_known_by_its_code_or_else_by_its_box() -> None:
    country = Filter(place=SPAIN, languages=())
    assert wanted(country, post_in("Ceuta, Spain", "ES", -5.4, 35.8, -5.2, 35.9))
    assert not wanted(country, post_in("Perpignan, France", "FR", 2.8, 42.6, 2.9, 42.7))
    at = {"coordinates": {"type": "Point", "coordinates": [-3.7, 40.4]}}
    assert wanted(country, post("rain", geo=at))
    assert not wanted(country, post("rain"))


WORDS = [
    "rain",
    "Rain",
    "café",
    "cafe",
    "don't",
    "snow",
    "日本",
    "👍",
    "a_b",
    "über",
    "tsla",
    "bob",
]
TAGS = ["#rain", "#café", "@bob", "$tsla"]
PHRASES = ["new york", "heavy rain", "rain snow", "snow, rain"]
TERMS = st.sampled_from([*WORDS, *TAGS, *PHRASES, "coca-cola", "new"])
TEXTS = st.lists(
    st.tuples(
        st.sampled_from([*WORDS, *TAGS, "new york", "coca", "cola", "heavy", "#snow", "@ann"]),
        st.sampled_from([" ", ", ", " - ", "! ", "\n"]),
    ),
    min_size=1,
    max_size=8,
).map(lambda parts: "".join(word + blank for word, blank in parts))


@given(
    st.lists(TERMS, min_size=1, max_size=4),
    st.lists(st.sampled_from(["en", "es", "he", "id"]), unique=True, max_size=3),
    TEXTS,
    st.sampled_from(["en", "es", "iw", "in", "und"]),
    st.booleans(),
)
def test_what_x_would_send_is_what_is_matched_here(
    terms: list[str], languages: list[str], text: str, lang: str, any_order: bool
) -> None:
    filter_ = Filter(
        keywords=tuple(terms), languages=tuple(languages), any_order=any_order
    ).checked()
    assert wanted(filter_, post(text, lang)) is by_x(filter_, post(text, lang))


@given(st.floats(-4.2, -3.2), st.floats(40.0, 40.9), st.booleans())
def test_points_in_and_around_a_city(lon: float, lat: float, drawn: bool) -> None:
    place = Place("drawn", Box(-3.9, 40.3, -3.5, 40.6)) if drawn else MADRID
    filter_ = Filter("rain", place=place).checked()
    at = {"coordinates": {"type": "Point", "coordinates": [lon, lat]}}
    payload = post("rain", geo=at)
    assert wanted(filter_, payload) is by_x(filter_, payload)


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("rain over #Madrid", True),
        ("#madrid: rain", True),
        ("madrid rain", False),
        ("rain", False),
        ("some tea", True),
    ],
)
def test_words_in_any_order(text: str, matched: bool) -> None:
    filter_ = Filter("rain #madrid", ("tea",), any_order=True, languages=())
    assert wanted(filter_, post(text)) is matched


@given(
    st.floats(-4.2, -3.2),
    st.floats(40.0, 40.9),
    st.sampled_from(["rain", "tea"]),
    st.sampled_from([None, MADRID]),
)
def test_points_in_and_around_a_box_among_the_keywords(
    lon: float, lat: float, text: str, place: Place | None
) -> None:
    filter_ = Filter("rain", ("geo: -3.9 40.3 -3.6 40.5",), place=place).checked()
    at = {"coordinates": {"type": "Point", "coordinates": [lon, lat]}}
    payload = post(text, geo=at)
    assert wanted(filter_, payload) is by_x(filter_, payload)


def test_a_language_takes_its_regional_forms() -> None:
    english = Filter("rain", languages=("en",))
    assert wanted(english, post("rain", "en-GB"))
    assert by_x(english, post("rain", "en-GB"))
    chinese = Filter("rain", languages=("zh-TW",))
    assert not wanted(chinese, post("rain", "zh"))
    assert not by_x(chinese, post("rain", "zh"))


FILTERS = st.builds(
    lambda terms, languages, any_order: Filter(
        keywords=tuple(terms), languages=tuple(languages), any_order=any_order
    ).checked(may_be_empty=True),
    st.lists(st.one_of(TERMS, st.sampled_from(["rain #café", "©", "＃rain"])), max_size=4),
    st.lists(st.sampled_from(["en", "es"]), unique=True),
    st.booleans(),
)


@given(st.lists(FILTERS, max_size=6), TEXTS, st.sampled_from(["en", "en-GB", "und"]))
def test_an_index_of_filters_answers_as_each_filter_does(
    filters: list[Filter], text: str, lang: str
) -> None:
    matches = {str(number): LocalMatch(each) for number, each in enumerate(filters)}
    arrived = delivery(post(text, lang))
    one_by_one = {number for number, each in matches.items() if each.matches(arrived)}
    assert FilterIndex(matches).matching(arrived) == one_by_one
