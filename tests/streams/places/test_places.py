"""Places from the bundled table: what people type, and what they get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.box import Box
from streams.place import Place
from streams.places import AmbiguousPlace, Places, UnknownPlace
from streams.places.spellings import CONTINENTS
from streams.places.table import bundled

PLACES = Places(None)


def find(text: str) -> Place:
    return PLACES.find(text)


@pytest.mark.parametrize(
    ("texts", "name", "country"),
    [
        (("San Francisco", "san francisco, ca", "SF", "SAN  FRANCISCO, California, USA"),
         "San Francisco, California, United States", "US"),
        (("Madrid", "madrid, spain", "Madrid, España", "Madrid, ES"),
         "Madrid, Community of Madrid, Spain", "ES"),
        (("New York", "NYC", "New York City", "new york, ny", "New York, New York, USA"),
         "New York, New York, United States", "US"),
        (("NY", "New York State", "new york (state)"), "New York (state), United States", "US"),
        (("London", "London, UK", "London UK", "London, England"),
         "London, England, United Kingdom", "GB"),
        (("London, Ontario", "London, ON", "London, Canada"), "London, Ontario, Canada", "CA"),
        (("Bavaria", "Bayern", "Bavaria, Germany", "bayern, deutschland"),
         "Bavaria, Germany", "DE"),
        (("California", "California, US"), "California, United States", "US"),
        (("Paris", "paris, france", "Paris, Île-de-France"), "Paris, Île-de-France, France", "FR"),
        (("Paris, Texas", "Paris, TX", "paris texas", "Paris, Texas, USA"),
         "Paris, Texas, United States", "US"),
        (("Georgia, USA", "Georgia State"), "Georgia, United States", "US"),
        (("東京", "Tokyo", "tokyo, japan"), "Tokyo, Tokyo, Japan", "JP"),
        (("Москва", "Moskva", "москва"), "Moscow, Moscow, Russia", "RU"),
        (("القاهرة",), "Cairo, Cairo, Egypt", "EG"),
        (("Bay Area", "the Bay Area", "SF Bay Area", "Bay Area, US"),
         "Bay Area, United States", "US"),
        (("Washington DC", "Washington, D.C.", "DC"),
         "Washington, District of Columbia, United States", "US"),
        (("München", "munchen", "Munich", "MUENCHEN"), "Munich, Bavaria, Germany", "DE"),
        (("Köln", "Koln", "cologne"), "Köln, North Rhine-Westphalia, Germany", "DE"),
        (("St. Louis", "Saint Louis", "St Louis, MO"), "St. Louis, Missouri, United States", "US"),
        (("Catalonia", "Cataluña", "catalunya"), "Catalonia, Spain", "ES"),
        (("Scotland", "Scotland, UK"), "Scotland, United Kingdom", "GB"),
        (("Ontario", "Ontario, Canada"), "Ontario, Canada", "CA"),
        (("New South Wales", "NSW"), "New South Wales, Australia", "AU"),
        (("Maharashtra",), "Maharashtra, India", "IN"),
        (("Tuscany", "Toscana"), "Tuscany, Italy", "IT"),
        (("Brittany", "Bretagne"), "Brittany, France", "FR"),
    ],
)  # fmt: skip
def test_a_place_is_found_however_it_is_written(
    texts: tuple[str, ...], name: str, country: str
) -> None:
    for text in texts:
        assert (find(text).name, find(text).country, find(text).is_country) == (
            name, country, False
        ), text  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "country"),
    [
        (("Spain", "España", "ESP", "spain "), "ES"),
        (("USA", "U.S.A.", "US", "United States", "America"), "US"),
        (("UK", "United Kingdom", "Great Britain", "GB", "gbr"), "GB"),
        (("Deutschland", "Germany", "DEU"), "DE"),
        (("FR", "FRA"), "FR"),
        (("日本", "JP"), "JP"),
        (("Россия",), "RU"),
        (("The Netherlands", "Holland"), "NL"),
        (("Singapore",), "SG"),
        (("Luxembourg",), "LU"),
        (("Mexico", "México"), "MX"),
        (("Georgia (country)",), "GE"),
        (("Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast"), "CI"),
        (("Fiji",), "FJ"),
    ],
)
def test_a_country_is_known_as_one(texts: tuple[str, ...], country: str) -> None:
    for text in texts:
        assert (find(text).country, find(text).is_country) == (country, True), text


@pytest.mark.parametrize(
    ("text", "expected", "near"),
    [
        ("Bavaria", (8.98, 47.27, 13.84, 50.56), 0.05),
        ("California", (-124.41, 32.53, -114.13, 42.01), 0.05),
        ("Spain", (-18.16, 27.64, 4.33, 43.79), 0.1),
        ("San Francisco", (-122.515, 37.708, -122.357, 37.833), 0.02),
        ("Madrid", (-3.889, 40.312, -3.518, 40.644), 0.02),
        ("New York", (-74.256, 40.496, -73.700, 40.916), 0.02),
        ("London", (-0.51, 51.287, 0.334, 51.692), 0.02),
        ("Paris", (2.224, 48.815, 2.470, 48.902), 0.02),
        ("Berlin", (13.088, 52.338, 13.761, 52.676), 0.02),
        ("France", (-5.14, 41.36, 9.56, 51.09), 0.05),
    ],
)
def test_boxes_are_where_maps_have_them(
    text: str, expected: tuple[float, float, float, float], near: float
) -> None:
    box = find(text).box
    assert (box.west, box.south, box.east, box.north) == pytest.approx(expected, abs=near)


@pytest.mark.parametrize(
    ("area", "towns"),
    [
        ("Bay Area", "San Francisco; Oakland, California; San Jose, California; Santa Rosa, CA"),
        ("Silicon Valley", "Palo Alto; Mountain View, California; San Jose, California"),
        ("SoCal", "Los Angeles; San Diego; San Bernardino; Palm Springs; Bakersfield"),
        ("New England", "Boston, Massachusetts; Hartford, Connecticut; Portland, Maine"),
        ("Midwest", "Chicago; Detroit; Minneapolis; Cleveland, Ohio; Wichita; Fargo"),
        ("Pacific Northwest", "Seattle; Portland, Oregon; Boise; Spokane; Eugene"),
        ("GTA", "Toronto; Mississauga; Oshawa; Oakville, Ontario; Burlington, Ontario"),
        ("Ruhr", "Essen; Dortmund; Bochum; Duisburg; Gelsenkirchen; Hagen; Hamm"),
        ("Kanto", "Tokyo; Yokohama; Chiba; Saitama; Utsunomiya; Maebashi; Mito"),
        ("Kansai", "Osaka; Kyoto; Kobe; Nara; Wakayama; Himeji; Otsu"),
        ("Lake District", "Kendal"),
    ],
)
def test_an_area_reaches_the_towns_in_it(area: str, towns: str) -> None:
    box = find(area).box
    for town in towns.split("; "):
        middle = find(town).box
        assert box.contains((middle.west + middle.east) / 2, (middle.south + middle.north) / 2), (
            town
        )


@pytest.mark.parametrize("text", ["Fiji", "Russia", "New Zealand", "Kiribati"])
def test_a_country_on_both_sides_of_the_antimeridian_has_a_box_across_it(text: str) -> None:
    box = find(text).box
    assert box.west > box.east
    assert box.span < 180


@pytest.mark.parametrize("text", ["USA", "Alaska"])
def test_the_aleutians_past_the_antimeridian_do_not_turn_a_box_around(text: str) -> None:
    box = find(text).box
    assert box.west < box.east
    assert box.contains(-149.9, 61.2)


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", ",,,", "\x00", "\x00\x1b[31m", "😀", "a" * 5_000, "Paris" * 999, "!?", "\ud800",
     "Paris, Neverland", "Neverland, Paris", "' OR 1=1 --", "../../etc/passwd", "(", "[a-z]+"],
)  # fmt: skip
def test_what_names_no_place_is_refused_in_a_short_printable_sentence(text: str) -> None:
    with pytest.raises(UnknownPlace) as caught:
        find(text)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 400
    message.encode()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Madrit", "Madrid, Community of Madrid, Spain"),
        ("San Fransisco", "San Francisco, California, United States"),
        ("Barcelonna", "Barcelona, Catalonia, Spain"),
        ("Californa", "California, United States"),
        ("Bavarai", "Bavaria, Germany"),
    ],
)
def test_a_misspelt_place_brings_the_one_that_was_meant(text: str, meant: str) -> None:
    with pytest.raises(UnknownPlace) as caught:
        find(text)
    assert caught.value.near[0] == meant
    assert len(caught.value.near) <= 5


@pytest.mark.parametrize(
    ("text", "first", "another"),
    [
        ("Georgia", "Georgia, United States", "Georgia (country)"),
        ("DE", "Germany", "Delaware (state), United States"),
        ("CA", "California, United States", "Canada"),
        ("Punjab", "Punjab, Pakistan", "Punjab, India"),
        ("Europe", "Germany", "France"),
        ("the Middle East", "Egypt", "Iran"),
        ("Scandinavia", "Sweden", "Norway"),
    ],
)
def test_a_name_of_several_places_names_them_and_chooses_none(
    text: str, first: str, another: str
) -> None:
    with pytest.raises(AmbiguousPlace) as caught:
        find(text)
    assert caught.value.near[0] == first
    assert another in caught.value.near
    for name in caught.value.near:
        assert name in str(caught.value)
        assert find(name).name == name


def test_every_part_of_the_world_is_answered_with_countries_that_are_found() -> None:
    for names in CONTINENTS:
        for text in names.split("|"):
            with pytest.raises(AmbiguousPlace) as caught:
                find(text)
            assert all(find(name).is_country for name in caught.value.near)


@given(st.text(max_size=250))
def test_any_text_is_a_place_or_is_none(text: str) -> None:
    try:
        assert isinstance(find(text), Place)
    except UnknownPlace:
        assert isinstance(PLACES.suggest(text), list)


def test_suggestions_begin_with_what_was_typed_and_the_largest_come_first() -> None:
    names = [place.name for place in PLACES.suggest("san f")]
    assert names[0] == "San Francisco, California, United States"
    assert len(names) == 8
    assert all(name.lower().startswith("san f") for name in names)


def test_suggestions_narrow_down_past_a_comma() -> None:
    assert [place.name for place in PLACES.suggest("Paris, T")] == ["Paris, Texas, United States"]
    assert PLACES.suggest("Paris, Zz") == []


@pytest.mark.parametrize("prefix", ["", " ", ",", "\x00", "a" * 5_000, "zzzzzzzz"])
def test_nothing_is_suggested_for_what_begins_no_name(prefix: str) -> None:
    assert PLACES.suggest(prefix) == []


def test_as_many_are_suggested_as_asked_for() -> None:
    assert len(PLACES.suggest("s", limit=3)) == 3
    assert PLACES.suggest("s", limit=0) == []


@pytest.mark.parametrize(
    "prefix", ["new y", "wash", "são p", "geo", "mad", "ber", "tok", "mex", "lux", "bav"]
)
def test_what_is_suggested_is_found_under_its_name(prefix: str) -> None:
    for place in PLACES.suggest(prefix):
        assert find(place.name) == place


def test_every_row_of_the_table_is_sound() -> None:
    table = bundled()
    countries = set()
    rows = [table.row(number) for number in range(table.size)]
    for number, row in enumerate(rows):
        box = row.box
        assert Box.of(box.west, box.south, box.east, box.north) == box
        assert box.span > 0
        assert len(row.country) == 2
        assert row.country.isupper()
        assert all(row.names)
        assert row.parent < number
        assert (row.parent == -1) == (row.kind == "country")
        if row.kind == "country":
            countries.add(row.country)
    assert {row.country for row in rows} == countries
    assert len(countries) > 240
    assert len(rows) > 20_000
