"""Collections have folders of their own: never the same for two, and never a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.collection import COLLECTION, collection_of, folder_of, is_folder

NAMES = st.from_regex(COLLECTION, fullmatch=True)
ACCOUNTS = st.integers(1, 2**31 - 1)


@given(NAMES, ACCOUNTS, NAMES, ACCOUNTS)
def test_two_collections_never_share_a_folder(
    name: str, account: int, other: str, another: int
) -> None:
    folder = folder_of(name, account)
    assert is_folder(folder)
    assert collection_of(folder) == name
    assert collection_of(name) == name
    assert folder not in (name, other)  # those of before, whose folder is called like them
    assert (folder == folder_of(other, another)) == ((name, account) == (other, another))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b.1", "a.", "a.0", "a.01", "a.b", ".1", "a.1.2"]
)
def test_what_no_collection_can_have_is_no_folder(name: str) -> None:
    assert not is_folder(name)
