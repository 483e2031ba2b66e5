"""Accounts: made at the first sign-in, refreshed at the next."""

from concurrent.futures import ThreadPoolExecutor

from streams.store import Store


def test_a_second_sign_in_refreshes_the_account(store: Store) -> None:
    first = store.accounts.sign_in("7", "old_name", "Old", None, b"a", 1)
    second = store.accounts.sign_in("7", "new_name", "New", "https://example.org/a.png", b"b", 2)
    assert second.id == first.id
    assert store.accounts.get(first.id) == second
    assert (second.handle, second.name, second.avatar) == (
        "new_name", "New", "https://example.org/a.png"
    )  # fmt: skip


def test_two_people_have_two_accounts(store: Store) -> None:
    one = store.accounts.sign_in("7", "same", "Same", None, b"a", 1)
    other = store.accounts.sign_in("8", "same", "Same", None, b"b", 1)
    assert one.id != other.id


def test_names_longer_than_the_columns_are_cut(store: Store) -> None:
    account = store.accounts.sign_in("7", "h" * 500, "n" * 500, None, b"a", 1)
    assert (len(account.handle), len(account.name)) == (50, 100)


def test_an_unknown_number_is_nobody(store: Store) -> None:
    assert store.accounts.get(99) is None


def test_signing_in_twice_at_once_makes_one_account(store: Store) -> None:
    def sign_in(now: int) -> int:
        return store.accounts.sign_in("7", "demo", "Demo", None, b"a", now).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(sign_in, range(24)))) == 1
