"""The envelope gives back the bytes as received, and stays one JSON object a line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.captures.life import START, post
from workers.captures.segments.envelope import EnvelopeError, EnvelopeRecord, unwrap, wrap

ids = st.one_of(st.none(), st.text(max_size=40))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


def bare(raw: bytes) -> bytes:
    return raw.rstrip(b"\r\n") if raw.endswith((b"\n", b"\r")) else raw


@given(raw=st.binary(max_size=200), at=st.integers(0, 4_000_000_000_000))
def test_any_bytes_come_back_as_they_were(raw: bytes, at: int) -> None:
    line = wrap(raw, at)
    assert unwrap(line[:-1]) == EnvelopeRecord(bare(raw), at, None)
    assert line.count(b"\n") == 1
    json.loads(line)


@given(
    value=st.dictionaries(st.text(), json_values),
    id=ids,
    indent=st.sampled_from([None, 1]),
    left_out=st.integers(0, 1000),
)
def test_any_object_comes_back_byte_for_byte_with_its_id(
    value: dict[str, object], id: str | None, indent: int | None, left_out: int
) -> None:
    raw = json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    record = unwrap(wrap(raw, START, id, left_out)[:-1])
    assert (record.raw, record.rules_left_out) == (raw, left_out)
    if id is None or id.isprintable():
        assert record.id == id
    parsed = json.loads(wrap(raw, START, id))
    if value and indent is None:
        parsed.pop("__weir")
        assert parsed == json.loads(raw)


def test_a_stored_line_reads_as_the_post_with_one_key_more() -> None:
    line = json.loads(wrap(post(7) + b"\r\n", START, "7"))
    assert line.pop("__weir") == {"received_at": "2026-09-21T14:13:20.000Z", "id": "7"}
    assert line == json.loads(post(7))


def test_what_is_not_an_object_is_kept_as_base64() -> None:
    line = json.loads(wrap(b"not json", START))
    assert line == {
        "__weir": {"received_at": "2026-09-21T14:13:20.000Z", "raw_base64": "bm90IGpzb24="}
    }


def test_a_raw_line_that_looks_like_an_envelope_is_wrapped_like_any_other() -> None:
    inner = wrap(post(1), START - 1000, "1").rstrip(b"\n")
    assert unwrap(wrap(inner, START, "1")[:-1]) == EnvelopeRecord(inner, START, "1")


@pytest.mark.parametrize("id", ['a"},{"', 'a\\"},', "\\", "\ud800", "at://did:plc:x/app/1", "é"])
def test_no_id_can_end_the_envelope(id: str) -> None:
    assert unwrap(wrap(post(1), START, id)[:-1]).raw == post(1)


@pytest.mark.parametrize(
    "line",
    [
        b'{"__weir":{"received_at":"2026"',
        b'{"__weir":{"received_at":"soon","id":"1"},"data":{}}',
        b'{"__weir":{"received_at":"2026-09-21T14:13:20.000Z","raw_base64":"*"}}',
        b'{"__weir":{"x":1},"data":{"a":"b"},"c":1}',
    ],
)
def test_a_broken_envelope_is_told(line: bytes) -> None:
    with pytest.raises(EnvelopeError, match="broken envelope"):
        unwrap(line)


def test_a_foreign_line_is_all_raw() -> None:
    assert unwrap(b'{"id_str":"1"}') == EnvelopeRecord(b'{"id_str":"1"}', None, None)


@pytest.mark.parametrize("id", [None, "7", 'a"b'])
@pytest.mark.parametrize("left_out", [0, 2])
@pytest.mark.parametrize("raw", [b'{"a":1}', b"garbage", b"{}"])
def test_a_line_that_filled_a_gap_says_so(raw: bytes, left_out: int, id: str | None) -> None:
    line = wrap(raw, START, id, left_out, True)
    assert unwrap(line[:-1]) == EnvelopeRecord(raw, START, id, left_out, True)
    assert json.loads(line)["__weir"]["backfilled"] is True
    assert "backfilled" not in json.loads(wrap(raw, START, id, left_out))["__weir"]
