"""Local accounts, roles, suspension, invitations, and the record of what was done."""

import pytest

from streams.secret import fingerprint, hash_password, is_password
from streams.store import Store
from streams.store.accounts import NameTakenError, is_domain, is_local_name
from streams.store.invitations import LinkOffer
from streams.store.people import LastAdministratorError

HASH = "scrypt$..."


def test_a_password_is_recognised_and_no_other_one_is() -> None:
    hashed = hash_password("a long pass phrase")
    assert hashed != hash_password("a long pass phrase")
    assert is_password("a long pass phrase", hashed)
    assert not is_password("a long pass phrase ", hashed)
    assert not is_password("a long pass phrase", None)


def test_a_local_name_is_taken_once_whatever_its_case(store: Store) -> None:
    made = store.accounts.create_local("Ada", HASH, "viewer", 1)
    assert (made.platform, made.handle, made.role) == ("local", "Ada", "viewer")
    with pytest.raises(NameTakenError):
        store.accounts.create_local("ADA", HASH, "viewer", 1)
    at_x = store.accounts.sign_in("ada", "Ada", "Ada", None, b"", 1)
    assert [each.id for each in store.people.named("ada")] == [made.id, at_x.id]


def test_a_new_password_ends_all_sessions_but_one_and_no_api_token(store: Store) -> None:
    ada = store.accounts.create_local("ada", HASH, "editor", 1)
    kept, gone = (store.tokens.issue(ada.id, "session", 1, None) for _ in range(2))
    program = store.tokens.issue(ada.id, "api", 1, None)
    from_here = store.tokens.of_account(ada.id, "session")
    assert {each.scope for each in from_here} == {"admin"}
    store.accounts.set_password(ada.id, "another", 2, ada.id, keep=fingerprint(kept))
    assert store.tokens.account(kept, "session", 3) == ada
    assert store.tokens.account(gone, "session", 3) is None
    assert store.tokens.account(program, "api", 3) == ada


def test_a_suspended_account_has_no_valid_token_until_it_is_resumed(store: Store) -> None:
    ada = store.accounts.sign_in("1", "ada", "Ada", None, b"", 1)
    session = store.tokens.issue(ada.id, "session", 1, None)
    program = store.tokens.issue(ada.id, "api", 1, None)
    client, client_token = store.clients.create(ada.id, "lab", 1)
    store.people.change(ada.id, 2, None, suspended=True)
    assert store.tokens.account(program, "api", 3) is None
    assert store.tokens.valid([fingerprint(program)], 3) == set()
    assert store.clients.of_token(client_token) is None
    store.people.change(ada.id, 4, None, suspended=False)
    assert store.tokens.account(session, "session", 5) is None
    assert store.tokens.account(program, "api", 5) == ada
    assert store.clients.of_token(client_token) == client


def test_the_last_administrator_stays_one(store: Store) -> None:
    ada = store.accounts.create_local("ada", HASH, "administrator", 1)
    bob = store.accounts.create_local("bob", HASH, "editor", 1)
    assert store.people.has_administrator()
    for change in ({"role": "editor"}, {"suspended": True}):
        with pytest.raises(LastAdministratorError):
            store.people.change(ada.id, 2, ada.id, **change)
    assert store.accounts.get(ada.id) == ada
    store.people.change(bob.id, 3, ada.id, role="administrator")
    changed = store.people.change(ada.id, 4, bob.id, role="viewer")
    assert changed is not None
    assert changed.role == "viewer"
    assert store.people.change(99, 4, None, role="viewer") is None


def test_every_change_is_recorded_with_who_made_it(store: Store) -> None:
    ada = store.accounts.create_local("ada", HASH, "administrator", 1)
    bob = store.accounts.create_local("bob", HASH, "editor", 1, ada.id)
    store.people.change(bob.id, 2, ada.id, role="viewer", suspended=True)
    store.people.end_sessions(bob.id, 3, ada.id)
    changes, total = store.people.changes(10, 0)
    assert [(each.what, each.actor_id, each.account_id) for each in changes] == [
        ("sessions_ended", ada.id, bob.id),
        ("suspended", ada.id, bob.id),
        ("role_changed", ada.id, bob.id),
        ("created", ada.id, bob.id),
        ("created", None, ada.id),
    ]
    assert changes[2].detail == {"before": "editor", "after": "viewer"}
    assert total == 5
    assert store.people.changes(1, 4)[0][0].what == "created"


def test_an_invited_handle_comes_in_until_its_date(store: Store) -> None:
    ada = store.accounts.create_local("ada", HASH, "administrator", 1)
    store.invitations.invite_handle("Bob_X", "viewer", 1, None, ada.id)
    again = store.invitations.invite_handle("bob_x", "editor", 1, 10, ada.id)
    assert [each.id for each in store.invitations.all()] == [again.id]
    assert store.invitations.role_of_handle("BOB_X", 9) == "editor"
    assert store.invitations.role_of_handle("bob_x", 10) is None
    assert store.invitations.role_of_handle("eve", 9) is None
    store.invitations.accept_handle("Bob_x", ada.id, 5)
    assert store.invitations.role_of_handle("bob_x", 9) is None
    assert not store.invitations.withdraw(again.id, 9, ada.id)


def test_a_link_makes_one_account_and_is_left_when_the_name_is_taken(store: Store) -> None:
    store.accounts.create_local("ada", HASH, "editor", 1)
    _, token = store.invitations.invite_link("editor", 1, 10, None)
    with pytest.raises(NameTakenError):
        store.invitations.accept_link(token, "ADA", HASH, 2)
    assert store.invitations.accept_link(token, "bob", HASH, 10) is None
    made = store.invitations.accept_link(token, "bob", HASH, 2)
    assert made is not None
    assert made.role == "editor"
    assert store.invitations.accept_link(token, "eve", HASH, 2) is None


def test_the_link_of_a_domain_makes_so_many_accounts_until_its_end(store: Store) -> None:
    invite = store.invitations.invite_domain
    _, earlier = invite("newsroom.example", 9, "editor", 1, 10, None)
    kept, token = invite("newsroom.example", 2, "viewer", 1, 10, None)
    store.invitations.first_link(1)  # leaves it alone
    assert store.invitations.offer_of_link(earlier, 2) is None
    assert store.invitations.offer_of_link(token, 9) == LinkOffer("viewer", "newsroom.example")
    assert store.invitations.offer_of_link(token, 10) is None
    store.accounts.create_local("ada@newsroom.example", HASH, "editor", 1)

    def join(name: str, now: int = 2) -> str | None:
        made = store.invitations.accept_link(token, f"{name}@newsroom.example", HASH, now)
        return made.role if made else None

    with pytest.raises(NameTakenError):
        join("Ada")
    assert join("bob", 10) is None
    assert join("bob") == "viewer"
    assert [each.seats for each in store.invitations.all() if each.id == kept.id] == [1]
    assert join("cem") == "viewer"
    assert join("dot") is None
    joined = store.people.changes(1, 0)[0][0]
    assert (joined.what, joined.detail) == ("joined", {"role": "viewer"})


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("ada", True),
        ("ada@newsroom.example", True),
        ("Ada@Newsroom.Example", True),
        ("a@newsroom.example", False),
        ("ada@newsroom", False),
        ("ada@", False),
        ("ada@x@newsroom.example", False),
        ("ada@-bad.example", False),
        ("ada@bad..example", False),
        ("ada@203.0.113.7", False),
        ("ada@" + "d" * 30 + ".example", False),
        ("äda@newsroom.example", False),
    ],
)
def test_a_name_may_end_in_a_domain(name: str, is_one: bool) -> None:
    assert is_local_name(name) is is_one
    assert not is_domain("ada")


def test_the_first_link_ends_the_one_before(store: Store) -> None:
    earlier, link = (store.invitations.first_link(1) for _ in range(2))
    assert store.invitations.offer_of_link(earlier, 2) is None
    assert store.invitations.offer_of_link(link, 2) == LinkOffer("administrator")


def test_last_use_is_recorded(store: Store) -> None:
    ada = store.accounts.create_local("ada", HASH, "editor", 1)
    token = store.tokens.issue(ada.id, "api", 1, None, "laptop", "read")
    store.people.seen({ada.id: 7}, {fingerprint(token): 7})
    (found,) = store.tokens.of_account(ada.id, "api")
    assert (found.last_used_at, found.scope) == (7, "read")
    assert [each.seen_at for each in store.people.all()] == [7]
