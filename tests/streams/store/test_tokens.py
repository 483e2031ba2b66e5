"""Tokens and sign-ins: what they open, for how long, how often."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from streams.secret import fingerprint
from streams.store import Store
from streams.store.tokens import SIGN_IN_MS


def test_a_token_opens_its_account_until_it_expires(store: Store, account_id: int) -> None:
    token = store.tokens.issue(account_id, "session", 1_000, 500)
    account = store.tokens.account(token, "session", 1_499)
    assert account is not None
    assert account.id == account_id
    assert store.tokens.account(token, "session", 1_500) is None
    assert store.tokens.valid([fingerprint(token)], 1_499) == {fingerprint(token)}
    assert store.tokens.valid([fingerprint(token)], 1_500) == set()


def test_a_token_without_a_term_does_not_expire(store: Store, account_id: int) -> None:
    token = store.tokens.issue(account_id, "api", 0, None)
    assert store.tokens.account(token, "api", 2**50) is not None


def test_a_token_of_one_kind_is_worth_nothing_as_another(store: Store, account_id: int) -> None:
    token = store.tokens.issue(account_id, "old", 0, None)
    assert store.tokens.account(token, "session", 1) is None


@pytest.mark.parametrize("token", ["", "undefined", "null", "w" * 44, "' OR 1=1 --", "\ud800"])
def test_what_was_never_issued_opens_nothing(store: Store, account_id: int, token: str) -> None:
    store.tokens.issue(account_id, "session", 0, None)
    assert store.tokens.account(token, "session", 1) is None


def test_a_revoked_token_opens_nothing_and_others_still_do(store: Store, account_id: int) -> None:
    revoked, kept = (store.tokens.issue(account_id, "session", 0, None) for _ in range(2))
    store.tokens.revoke(revoked)
    store.tokens.revoke(revoked)
    assert store.tokens.account(revoked, "session", 1) is None
    assert store.tokens.account(kept, "session", 1) is not None


def test_the_database_holds_no_token_that_could_be_used(store: Store, account_id: int) -> None:
    token = store.tokens.issue(account_id, "api", 0, None, name="bench")
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM tokens").all()
    assert token not in repr(rows)


def test_an_owner_can_name_and_revoke_a_token_and_nobody_else_can(
    store: Store, account_id: int
) -> None:
    other = store.accounts.sign_in("2", "other", "Other", None, b"", 0).id
    token = store.tokens.issue(account_id, "api", 5, None, name="bench")
    [face] = store.tokens.of_account(account_id, "api")
    assert (face.name, face.created_at) == ("bench", 5)
    assert store.tokens.of_account(other, "api") == []
    assert store.tokens.revoke_by_id(other, "api", face.id) is None
    for wrong in ("", "%", "_" * 16, face.id[:8], face.id + "0"):
        assert store.tokens.revoke_by_id(account_id, "api", wrong) is None
    assert store.tokens.revoke_by_id(account_id, "api", face.id) == fingerprint(token)
    assert store.tokens.account(token, "api", 6) is None


def test_a_sign_in_ends_once(store: Store) -> None:
    store.tokens.begin_sign_in("request", b"sealed", "browser", 0)
    ended = store.tokens.end_sign_in("request", 1)
    assert ended is not None
    assert (ended.secret, ended.browser) == (b"sealed", "browser")
    assert store.tokens.end_sign_in("request", 2) is None


def test_of_two_who_end_a_sign_in_at_once_one_gets_it(store: Store) -> None:
    for round_ in range(10):
        store.tokens.begin_sign_in(f"request{round_}", b"sealed", None, 0)
        with ThreadPoolExecutor(4) as pool:
            ended = list(pool.map(store.tokens.end_sign_in, [f"request{round_}"] * 4, [1] * 4))
        assert sum(end is not None for end in ended) == 1


def test_a_sign_in_that_took_too_long_is_gone(store: Store) -> None:
    store.tokens.begin_sign_in("slow", b"", None, 0)
    assert store.tokens.end_sign_in("slow", SIGN_IN_MS + 1) is None
    store.tokens.begin_sign_in("forgotten", b"", None, 0)
    store.tokens.begin_sign_in("later", b"", None, SIGN_IN_MS + 1)
    assert store.tokens.end_sign_in("forgotten", 1) is None
    assert store.tokens.end_sign_in("later", SIGN_IN_MS + 2) is not None


def test_an_unknown_sign_in_is_none(store: Store) -> None:
    assert store.tokens.end_sign_in("never begun", 1) is None
