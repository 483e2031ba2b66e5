"""A line keeps the rules of one stream, and every other value byte for byte."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.sources.x.own_rules import only_rules

BEFORE = (
    b'{"data":{"id":"1","text":"say \\"matching_rules\\":[ ] \\ud83d\\ude00","n":1.50e2, "x" : [ ]}'
)
RULES = [b'{"id":"1","tag":"a]"}', b'{ "tag":"b", "id":"2" }', b'{"id":"3"}']


@pytest.mark.parametrize(
    ("own", "kept"),
    [(["1", "2", "3"], [0, 1, 2]), (["2"], [1]), (["1", "3"], [0, 2]), ([], []), (["9"], [])],
)
def test_only_a_stream_s_own_rules_stay(own: list[str], kept: list[int]) -> None:
    raw = BEFORE + b',"matching_rules":[' + b",".join(RULES) + b"]}"
    line, left_out = only_rules(raw, own)
    expected = b",".join(RULES[each] for each in kept)
    assert line == BEFORE + b',"matching_rules":[' + expected + b"]}"
    assert left_out == len(RULES) - len(kept)


@given(st.binary(min_size=1, max_size=20), st.booleans())
def test_a_line_that_loses_nothing_is_the_line_itself(tail: bytes, first: bool) -> None:
    rules = b'"matching_rules" : [ {"id":"1"} ]'
    text = msgspec.json.encode(tail.hex())
    pieces = [rules, b'"data":  ' + text]
    raw = b"{ " + b" , ".join(pieces if first else pieces[::-1]) + b" }"
    assert only_rules(raw, ["1"]) == (raw, 0)
    assert msgspec.json.decode(only_rules(raw, [])[0]) == {
        "matching_rules": [],
        "data": tail.hex(),
    }
