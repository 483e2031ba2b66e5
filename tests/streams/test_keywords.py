"""Keywords as one text: what is read, what is refused, and that nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.box import Box
from streams.filter import Filter, FilterError
from streams.keywords import MAX_KEYWORDS, filter_of, text_of
from streams.place import Place


@pytest.mark.parametrize(
    ("text", "found", "boxes"),
    [
        ("", (), ()),
        (" , ,", (), ()),
        ("rain", ("rain",), ()),
        ("rain,tea , rain", ("rain", "tea"), ()),
        ("golden  gate,#sun,@demo", ("golden gate", "#sun", "@demo"), ()),
        ("geo: 1 2 3 4", ("geo: 1 2 3 4",), (Box(1, 2, 3, 4),)),
        ("geo: 3 4 1 2", ("geo: 3 4 1 2",), (Box(1, 2, 3, 4),)),
        ("geo: 3 2 1 4", ("geo: 3 2 1 4",), (Box(1, 2, 3, 4),)),
        ("GEO:1  2 3 4", ("geo: 1 2 3 4",), (Box(1, 2, 3, 4),)),
        ("a,geo: -3.9 40.30 1 42", ("a", "geo: -3.9 40.30 1 42"), (Box(-3.9, 40.3, 1, 42),)),
    ],
)  # fmt: skip
def test_reading(text: str, found: tuple[str, ...], boxes: tuple[Box, ...]) -> None:
    wanted = filter_of(text)
    assert wanted == Filter(keywords=found, languages=(), any_order=True)
    assert wanted.boxes == boxes


@pytest.mark.parametrize(
    "text",
    [
        "geo: 1 2 3",
        "geo: 1 2 3 4 5",
        "geo: 1 2 3 x",
        "geo:1,2,3,4",
        "geo: 181 2 3 4",
        "geo: 1 91 3 4",
        "geo: 1e9 2 3 4",
        "geo: 1 2 3 nan",
        "rain,!!!",
        "x" * 257,
        'a "b"',
        "tab\u0000",
        ",".join(map(str, range(MAX_KEYWORDS + 1))),
    ],
)
def test_refusing(text: str) -> None:
    with pytest.raises(FilterError) as refused:
        filter_of(text)
    assert refused.value.field == "keywords"


@given(st.lists(st.text("abc #@é雨", min_size=1, max_size=9), max_size=9))
def test_what_was_read_is_written_so_that_it_reads_the_same(parts: list[str]) -> None:
    text = ",".join(part for part in parts if any(map(str.isalpha, part)))
    assert filter_of(text_of(filter_of(text))) == filter_of(text)


def test_a_stream_s_own_filter_can_be_written_too() -> None:
    wanted = Filter("rain, snow", ("tea",), place=Place("here", Box(1, 2, 3, 4)))
    written = filter_of(text_of(wanted))
    assert written.words == ("rain snow", "tea")
    assert written.boxes == (Box(1, 2, 3, 4),)
