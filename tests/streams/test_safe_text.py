"""Names hide nothing and turn nothing around."""

import pytest

from streams.safe_text import is_safe_name, safe_name


@pytest.mark.parametrize("name", ["rain", "Zürich", "مطر", "雨", "👩🏽‍🔬 lab", "a b"])
def test_a_name_in_any_script_is_taken(name: str) -> None:
    assert is_safe_name(name)
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("gnp\u202egpj.exe", "gnpgpj.exe"),
        ("a\u2066b\u2069", "ab"),
        ("a\u200fb", "ab"),
        ("a\x00b", "ab"),
        ("a\x1b[31mb", "a[31mb"),
        ("a\u2028b", "ab"),
        ("\x7f", ""),
        (" ", ""),
        ("\ud800", ""),
    ],
)
def test_a_name_with_control_or_bidirectional_characters_is_refused(name: str, safe: str) -> None:
    assert not is_safe_name(name)
    assert safe_name(name) == safe
