"""How the table is made: boxes around outlines, towns sorted into regions."""

import pytest

from streams.box import Box
from streams.places.build import build, main
from streams.places.folding import fold
from streams.places.lookup import find
from streams.places.outline import around, disc
from streams.places.table import PlaceTable


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Saint-Étienne", "saint etienne"),
        ("St. Étienne", "saint etienne"),
        ("  L'Aquila ", "laquila"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("São Paulo (state)", "sao paulo state"),
        ("東京", "東京"),
        ("St", "saint"),
        ("Stuttgart", "stuttgart"),
        ("_-_", ""),
        ("U.S.A.", "usa"),
    ],
)
def test_spelling_that_does_not_matter_is_folded(text: str, key: str) -> None:
    assert fold(text) == key
    assert fold(fold(text)) == key


@pytest.mark.parametrize(
    ("spans", "box"),
    [
        ([(1, 2, 3, 4)], Box(1, 2, 3, 4)),
        ([(1, 2, 3, 4), (2, 1, 5, 3)], Box(1, 1, 5, 4)),
        ([(177, -20, 180, -16), (-180, -19, -178, -12)], Box(177, -20, -178, -12)),
        ([(20, 41, 180, 82), (-180, 62, -169, 71)], Box(20, 41, -169, 82)),
        ([(-180, -90, 180, -60)], Box(-180, -90, 180, -60)),
        ([(1, 1, 9, 2), (2, 1, 3, 2), (8, 1, 10, 2)], Box(1, 1, 10, 2)),
    ],
)
def test_the_narrowest_box_is_taken(
    spans: list[tuple[float, float, float, float]], box: Box
) -> None:
    assert around(spans) == box


def test_a_town_is_as_large_as_its_people_need() -> None:
    assert disc(0, 0, 1_000_000, 9.5).width_km == pytest.approx(19, abs=0.1)
    assert disc(0, 60, 1_000_000, 15).height_km == pytest.approx(30, abs=0.1)
    assert disc(0, 0, 0, 9.5).width_km == pytest.approx(8, abs=0.1)
    assert disc(0, 0, 10**9, 9.5).width_km == pytest.approx(60, abs=0.1)
    polar = disc(179.99, 89.99, 1_000_000, 9.5)
    assert Box.of(polar.west, polar.south, polar.east, polar.north) == polar


def square(west: float, south: float, side: float) -> list[list[list[float]]]:
    east, north = west + side, south + side
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def region(name: str, west: float, code: str = "") -> dict[str, object]:
    facts = dict.fromkeys(
        ("name_en", "name_de", "name_es", "name_fr", "name_alt", "gn_a1_code", "gu_a3"),
        "",
    )
    facts |= {"name": name, "iso_a2": "ZZ", "iso_3166_2": "ZZ-1", "gn_a1_code": code}
    facts |= {"geonunit": "", "region": ""}
    return {
        "geometry": {"type": "Polygon", "coordinates": square(west, 10, 2)},
        "properties": facts,
    }


def town(number: int, name: str, lon: float, people: int) -> dict[str, object]:
    return {
        "geonameid": number, "name": name, "countrycode": "ZZ", "admin1code": "01",
        "longitude": lon, "latitude": 11.0, "population": people,
    }  # fmt: skip


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> PlaceTable:
    for name in ("GROUPS", "TOWNS", "BOXES"):
        monkeypatch.setattr(f"streams.places.spellings.{name}", {})
    countries = {"ZZ": {"name": "The Zedland", "iso3": "ZZZ", "population": 900_000}}
    towns = [
        town(1, "Twin", 21.0, 80_000),
        town(2, "Twin", 23.5, 60_000),
        town(3, "Eastmark", 23.0, 300_000),
        town(4, "Hamlet", 21.5, 400),
    ]
    return PlaceTable(build(towns, countries, [region("Westmark", 20), region("Eastmark", 22.5)]))


def test_countries_are_the_sum_of_their_regions(table: PlaceTable) -> None:
    place = find(table, "zedland")
    assert (place.name, place.box, place.is_country) == ("Zedland", Box(20, 10, 24.5, 12), True)


def test_of_two_towns_of_a_name_the_larger_is_meant_unless_the_region_is_told(
    table: PlaceTable,
) -> None:
    assert find(table, "Twin").name == "Twin, Westmark, Zedland"
    assert find(table, "Twin, Eastmark").name == "Twin, Eastmark, Zedland"


def test_a_town_that_is_much_of_its_region_is_meant_before_it(table: PlaceTable) -> None:
    assert find(table, "Eastmark").name == "Eastmark, Eastmark, Zedland"
    assert find(table, "Eastmark (region)").box == Box(22.5, 10, 24.5, 12)
    assert find(table, "Westmark").box == Box(20, 10, 22, 12)


def test_villages_are_left_out(table: PlaceTable) -> None:
    with pytest.raises(ValueError, match="Hamlet"):
        find(table, "Hamlet")


def test_the_command_wants_three_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "ADMIN1.json" in capsys.readouterr().err
