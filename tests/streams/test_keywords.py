"""Keywords as one text: what is read, what is refused, and that nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.box import Box
from streams.filter import Filter, FilterError
from streams.keywords import MAX_KEYWORDS, Keywords, filter_of, read, text_of
from streams.place import Place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Keywords()),
        (" , ,", Keywords()),
        ("rain", Keywords(("rain",))),
        ("rain,tea , rain", Keywords(("rain", "tea"))),
        ("golden  gate,#sun,@demo", Keywords(("golden gate", "#sun", "@demo"))),
        ("geo: 1 2 3 4", Keywords((), (Box(1, 2, 3, 4),))),
        ("geo: 3 4 1 2", Keywords((), (Box(1, 2, 3, 4),))),
        ("geo: 3 2 1 4", Keywords((), (Box(1, 2, 3, 4),))),
        ("a,geo: -3.9 40.3 -3.5 40.6,b", Keywords(("a", "b"), (Box(-3.9, 40.3, -3.5, 40.6),))),
    ],
)
def test_reading(text: str, found: Keywords) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "geo:1 2 3 4",
        "geo:  1 2 3 4",
        "GEO: 1 2 3 4",
        "geo: 1 2 3",
        "geo: 1 2 3 4 5",
        "geo: 1 2 3 x",
        "geo: 181 2 3 4",
        "geo: 1 91 3 4",
        "geo: 1e9 2 3 4",
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
    assert read(text_of(filter_of(text))) == read(text)


def test_a_stream_s_own_filter_can_be_written_too() -> None:
    wanted = Filter("rain, snow", ("tea",), place=Place("here", Box(1, 2, 3, 4)))
    assert read(text_of(wanted)) == Keywords(("rain snow", "tea"), (Box(1, 2, 3, 4),))
