"""Secrets at rest, and the tokens that are handed out."""

import re

import pytest

from streams.secret import SecretBox, SecretError, fingerprint, new_token


def test_a_sealed_secret_opens_with_the_same_key_only() -> None:
    sealed = SecretBox("k" * 16).seal("the secret of a platform ☔")
    assert b"secret" not in sealed
    assert SecretBox("k" * 16).open(sealed) == "the secret of a platform ☔"
    with pytest.raises(SecretError):
        SecretBox("l" * 16).open(sealed)


def test_changed_bytes_do_not_open() -> None:
    box = SecretBox("k" * 16)
    sealed = bytearray(box.seal("x"))
    sealed[20] ^= 1
    for changed in (bytes(sealed), b"", b"\xff\xfe", box.seal("x")[:-1]):
        with pytest.raises(SecretError):
            box.open(changed)


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    box = SecretBox("k" * 16)
    assert box.seal("x") != box.seal("x")


def test_a_token_suits_cookies_addresses_and_the_old_client() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"w[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_any_text_has_a_fingerprint() -> None:
    prints = {fingerprint(text) for text in ("", "a", "é", "\ud800", "a" * 100_000)}
    assert len(prints) == 5
    assert all(len(one) == 64 for one in prints)
