"""Batches survive the journey to a tagger."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.batch import Batch
from streams.post import Author, Post, device_of

# JSON cannot carry half a surrogate pair.
texts = st.text(st.characters(exclude_categories=["Cs"]))
posts = st.builds(
    Post,
    id=texts,
    text=texts,
    coords=st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    label=st.sampled_from(["negative", "neutral", "positive", "unknown"]),
    confidence=st.floats(0, 1),
    received_at=st.integers(0, 2**53),
    author=st.none() | st.builds(Author, id=texts, handle=st.none() | texts),
    place=st.none() | texts,
)


@given(st.lists(st.tuples(posts, st.lists(texts).map(tuple))), st.integers(0, 2**53))
def test_a_batch_unpacks_to_what_was_packed(
    pairs: list[tuple[Post, tuple[str, ...]]], number: int
) -> None:
    batch = Batch("x", 3, number, [post for post, _ in pairs], [route for _, route in pairs])
    assert Batch.unpack(batch.pack()) == batch


def test_a_batch_is_named_by_its_owner_and_its_number() -> None:
    assert Batch("x", 3, 7, [], []).id == "x:3:7"


@pytest.mark.parametrize("packed", [b"", b"[]", b"\x90", b"\xc0", b"\x95\xa1x\x01\x02\x91\x05\x90"])
def test_what_is_no_batch_is_refused(packed: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Batch.unpack(packed)


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("Twitter for iPhone", "iphone"),
        ("Twitter for Android", "android"),
        ("Twitter Web App", "web"),
        ("Made-up Bot", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_devices_are_sorted_into_four_classes(name: str | None, device: str) -> None:
    assert device_of(name) == device
