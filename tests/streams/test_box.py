"""Boxes: what they hold, how they cross the antimeridian, how tiles cover them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.box import Box

FIJI = Box(177.0, -20.0, -178.0, -12.0)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    west = draw(st.floats(-180, 180))
    span = draw(st.floats(0.001, 8))
    south = draw(st.floats(-85, 80))
    height = draw(st.floats(0.001, 5))
    east = west + span
    return Box.of(west, south, east - 360 if east > 180 else east, south + height)


@st.composite
def boxes_and_points(draw: st.DrawFn) -> tuple[Box, float, float]:
    box = draw(boxes())
    lon = box.west + draw(st.floats(0, 1)) * box.span
    lat = box.south + draw(st.floats(0, 1)) * (box.north - box.south)
    return box, lon - 360 if lon > 180 else lon, min(lat, box.north)


@pytest.mark.parametrize(
    "numbers",
    [
        (float("nan"), 0, 1, 1),
        (0, float("inf"), 1, 1),
        (-181, 0, 1, 1),
        (0, 0, 181, 1),
        (0, 2, 1, 1),
        (0, -91, 1, 1),
        (0, 0, 1, 91),
        (1e308, 0, 1, 1),
    ],
)
def test_a_box_of_wrong_numbers_is_refused(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box"):
        Box.of(*numbers)


def test_a_box_across_the_antimeridian_holds_both_sides_and_no_others() -> None:
    assert (FIJI.span, *FIJI.centre) == (5, 179.5, -16)
    assert FIJI.contains(179, -15)
    assert FIJI.contains(-179, -15)
    assert not FIJI.contains(0, -15)
    assert not FIJI.contains(179, -21)


def test_the_middle_of_a_box_past_the_antimeridian_is_a_longitude() -> None:
    assert Box(170, 0, -150, 2).centre == (-170, 1)


def test_the_whole_globe_is_360_degrees_wide() -> None:
    globe = Box.of(-180, -90, 180, 90)
    assert (globe.span, *globe.centre) == (360, 0, 0)
    assert globe.contains(179.9, 89)


def test_a_box_is_measured_where_it_is_widest() -> None:
    assert Box(0, 59, 1, 60).width_km == pytest.approx(57.27, abs=0.1)
    assert Box(0, -10, 1, 60).width_km == pytest.approx(111.2, abs=0.1)
    assert Box(0, 59, 1, 60).height_km == pytest.approx(111.2, abs=0.1)


def test_a_small_box_is_its_own_tile() -> None:
    box = Box(-122.52, 37.7, -122.35, 37.84)
    assert box.tiles(38.5, 18) == [box]


@given(boxes(), st.floats(20, 100), st.floats(0, 0.6))
def test_no_tile_is_larger_than_allowed(box: Box, side: float, share: float) -> None:
    for tile in box.tiles(side, share * side):
        Box.of(tile.west, tile.south, tile.east, tile.north)
        assert tile.width_km <= side * 1.0001
        assert tile.height_km <= side * 1.0001


@given(boxes_and_points(), st.floats(20, 100), st.floats(0, 0.6))
def test_every_point_of_a_box_is_in_a_tile(
    drawn: tuple[Box, float, float], side: float, share: float
) -> None:
    box, lon, lat = drawn
    tiles = box.tiles(side, share * side)
    near = 1e-9  # the ends of neighbours are worked out on different ways
    assert any(
        tile.contains(lon + x, lat + y)
        for tile in tiles
        for x in (-near, 0, near)
        for y in (-near, 0, near)
    )


@given(boxes_and_points())
def test_what_is_smaller_than_the_overlap_lies_whole_in_one_tile(
    drawn: tuple[Box, float, float],
) -> None:
    box, lon, lat = drawn
    tiles = box.tiles(38.5, 18)
    km = 17 / 111.195
    corners = [(lon, lat), (lon, lat + km)]
    inside = [corner for corner in corners if box.contains(*corner)]
    assert (
        any(
            all(tile.contains(x, y) or tile.contains(x, y - 1e-9) for x, y in inside)
            for tile in tiles
        )
        or not inside
    )
