"""Local accounts, roles, invitations and sessions, as people and administrators meet them."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.administrator import PASSWORD, administrator, command, join, password_sign_in
from tests.web.person import Browser, OldClient, Person, some_name
from tests.web.site import Site
from tests.web.viewing import Viewer


@pytest.fixture(scope="module")
def boss(site: Site) -> Browser:
    """An administrator of the site."""
    return administrator(site, "boss")


def invite(boss: Browser, role: str = "editor", **more: object) -> str:
    """Make a link; returns its token."""
    made = boss.call("POST", "/invitations", json={"role": role, **more})
    assert made.status_code == 201, made.text
    token: str = made.json()["token"]
    return token


def person_id(browser: Browser) -> int:
    number: int = browser.call("GET", "/me").json()["id"]
    return number


def test_the_link_of_the_command_makes_one_administrator(site: Site, boss: Browser) -> None:
    me = boss.call("GET", "/me").json()
    assert (me["handle"], me["platform"], me["role"], me["scope"]) == (
        "boss",
        "local",
        "administrator",
        "admin",
    )
    assert command(site.env, "link", "--first").stdout == ""
    earlier = command(site.env, "link").stdout.rpartition("/")[2].strip()
    link = command(site.env, "link").stdout.rpartition("/")[2].strip()
    look = Browser(site).call("POST", "/join/link", json={"token": earlier})
    assert look.status_code == 404
    look = Browser(site).call("POST", "/join/link", json={"token": link})
    assert look.json() == {"role": "administrator", "domain": None}
    join(site, link, some_name())
    again = {"token": link, "name": some_name(), "password": PASSWORD}
    assert Browser(site).call("POST", "/join", json=again).status_code == 404


def test_the_command_makes_accounts_changes_passwords_and_suspends(site: Site) -> None:
    name = some_name()
    made = command(site.env, "add", name, "--role", "viewer", text=PASSWORD + "\n")
    assert made.stdout == f"created the viewer {name}\n"
    taken = command(site.env, "add", name.upper(), text=PASSWORD + "\n")
    assert (taken.returncode, len(taken.stderr.splitlines())) == (2, 1)
    assert command(site.env, "passwd", name, text="another pass phrase\n").returncode == 0
    assert password_sign_in(site, name).status_code == 401
    assert password_sign_in(site, name.upper(), "another pass phrase").status_code == 200
    assert command(site.env, "disable", f"local:{name}").returncode == 0
    refused = password_sign_in(site, name, "another pass phrase")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "suspended")
    assert f"local:{name}\tviewer\t0 sessions\tsuspended" in command(site.env, "list").stdout
    assert command(site.env, "role", "nobody_here", "editor").returncode == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"name": "ä" * 5}, "name"),
        ({"name": "x\u202ey"}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"role": "administrator"}, "role"),
    ],
)
def test_an_account_that_cannot_be_made_leaves_the_link(
    site: Site, boss: Browser, change: dict[str, str], field: str
) -> None:
    token, name = invite(boss), some_name()
    asked = {"token": token, "name": name, "password": PASSWORD}
    refused = Browser(site).call("POST", "/join", json={**asked, **change})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)
    join(site, token, name)


def test_people_of_a_domain_join_by_one_link_under_names_of_that_domain(
    site: Site, boss: Browser
) -> None:
    host = some_name().replace("_", "-") + ".example"
    token = invite(boss, "viewer", domain=f"@{host.upper()}", seats=2)
    look = Browser(site).call("POST", "/join/link", json={"token": token}).json()
    assert look == {"role": "viewer", "domain": host}

    def refused(name: str) -> tuple[int, str]:
        asked = {"token": token, "name": name, "password": PASSWORD}
        answer = Browser(site).call("POST", "/join", json=asked)
        return answer.status_code, answer.json()["error"]["code"]

    assert refused("ada@elsewhere.example") == (422, "invalid")
    ada = join(site, token, "ada")
    assert ada.call("GET", "/me").json()["handle"] == f"ada@{host}"
    assert refused(f"Ada@{host}") == (409, "name_taken")
    (shown,) = [
        each for each in boss.call("GET", "/invitations").json()["items"] if each["domain"] == host
    ]
    assert (shown["handle"], shown["seats"], shown["role"]) == (None, 1, "viewer")
    join(site, token, f"bob@{host}")
    assert refused("cem") == (404, "no_such_link")
    assert password_sign_in(site, f"BOB@{host}").status_code == 200
    plain = {"token": invite(boss), "name": f"eve@{host}", "password": PASSWORD}
    assert Browser(site).call("POST", "/join", json=plain).status_code == 422
    line = command(site.env, "domain", host, "--seats", "1").stdout.strip()
    join(site, line.rpartition("/#/join/")[2], "eve")
    assert command(site.env, "domain", "nowhere").returncode == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"domain": "newsroom"}, "domain"),
        ({"handle": "ada"}, "domain"),
        ({"days": None}, "days"),
        ({"role": "administrator"}, "role"),
        ({"seats": 0}, "seats"),
    ],
)
def test_the_link_of_a_domain_is_bounded(
    boss: Browser, change: dict[str, object], field: str
) -> None:
    asked = {"domain": "newsroom.example", **change}
    refused = boss.call("POST", "/invitations", json=asked)
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)


def test_guesses_at_a_password_are_stopped_for_the_name_that_is_guessed(site: Site) -> None:
    name = some_name()
    answers = [password_sign_in(site, name, "guess").status_code for _ in range(10)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert password_sign_in(site, some_name(), "guess").status_code == 401


def test_a_viewer_reads_and_changes_nothing_but_their_own_account(
    site: Site, boss: Browser
) -> None:
    name = some_name()
    viewer = join(site, invite(boss, "viewer"), name)
    assert viewer.call("GET", "/streams").status_code == 200
    refused = viewer.call("POST", "/streams", json={"filter": {"word": "rain"}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "role_too_low")
    made = viewer.call("POST", "/tokens", json={"name": "mine"})
    assert (made.status_code, made.json()["scope"]) == (201, "read")
    wide = viewer.call("POST", "/tokens", json={"name": "mine", "scope": "write"})
    assert (wide.status_code, wide.json()["error"]["code"]) == (403, "scope_too_wide")
    new = {"old": PASSWORD, "new": "a new pass phrase"}
    assert viewer.call("POST", "/me/password", json={**new, "old": "wrong"}).status_code == 422
    assert viewer.call("POST", "/me/password", json=new).status_code == 204
    assert viewer.call("GET", "/me").status_code == 200
    assert password_sign_in(site, name, "a new pass phrase").status_code == 200
    for path in ("/people", "/people/changes", "/invitations"):
        assert viewer.call("GET", path).json()["error"]["code"] == "role_too_low"


def test_a_token_does_no_more_than_its_scope(site: Site, boss: Browser, person: Person) -> None:
    def token(browser: Browser, scope: str) -> dict[str, str]:
        made = browser.call("POST", "/tokens", json={"name": scope, "scope": scope}).json()
        return {"Authorization": f"Bearer {made['token']}"}

    nobody = Browser(site)
    reads, writes = token(person.browser, "read"), token(person.browser, "write")
    body = {"filter": {"word": "rain"}}
    assert nobody.call("GET", "/streams", headers=reads).status_code == 200
    refused = nobody.call("POST", "/streams", headers=reads, json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope_too_narrow")
    assert nobody.call("POST", "/tokens", headers=reads, json={"name": "x"}).status_code == 403
    assert nobody.call("POST", "/streams", headers=writes, json=body).status_code == 201
    for holder, status in ((token(boss, "write"), 403), (token(boss, "admin"), 200)):
        assert nobody.call("GET", "/people", headers=holder).status_code == status
    assert nobody.call("GET", "/me", headers=reads).json()["scope"] == "read"


def test_a_person_sees_their_sessions_and_ends_one(site: Site, person: Person) -> None:
    elsewhere = Browser(site)
    elsewhere.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    elsewhere.sign_in(person.username)
    OldClient(site, person.username)
    listed = elsewhere.call("GET", "/sessions").json()["items"]
    assert [(each["kind"], each["name"], each["current"]) for each in listed] == [
        ("session", "Program", False),
        ("session", "Firefox on Linux", True),
        ("old", "Older dashboard", False),
    ]
    assert person.browser.call("DELETE", f"/sessions/{listed[1]['id']}").status_code == 204
    assert elsewhere.call("GET", "/me").status_code == 401
    theirs = Person(site).browser.call("GET", "/sessions").json()["items"][0]["id"]
    assert person.browser.call("DELETE", f"/sessions/{theirs}").status_code == 404


def test_a_suspended_person_is_out_at_once_and_their_streams_stop(
    site: Site, boss: Browser, person: Person
) -> None:
    number, stream = person_id(person.browser), person.stream(running=True)
    viewer = Viewer(site, auth={"token": person.token})
    changed = boss.call("PATCH", f"/people/{number}", json={"suspended": True}).json()
    assert changed["suspended_at"]
    wait_until(lambda: not viewer.is_connected, 10, "the end of the socket")
    assert person.call("GET", "/me").status_code == 401
    back = Browser(site).sign_in(person.username)
    assert back.headers["Location"] == "/?sign_in=suspended"
    boss.call("PATCH", f"/people/{number}", json={"suspended": False})
    assert person.call("GET", f"/streams/{stream}").json()["wanted"] == "stopped"


def test_administrators_change_people_and_the_record_says_who_did_it(
    site: Site, boss: Browser
) -> None:
    other = join(site, invite(boss, "viewer"), some_name())
    number, mine = person_id(other), person_id(boss)
    assert boss.call("PATCH", f"/people/{number}", json={"role": "editor"}).status_code == 200
    assert other.call("POST", "/streams", json={"filter": {"word": "a"}}).status_code == 201
    assert boss.call("DELETE", f"/people/{number}/sessions").status_code == 204
    assert other.call("GET", "/me").status_code == 401
    record = boss.call("GET", "/people/changes?limit=2").json()["items"]
    assert [(each["what"], each["actor_id"], each["account_id"]) for each in record] == [
        ("sessions_ended", mine, number),
        ("role_changed", mine, number),
    ]
    for path in ("/people/0", "/people/99999999999", "/people/x"):
        assert boss.call("PATCH", path, json={"role": "viewer"}).status_code == 404
    assert boss.call("PATCH", f"/people/{number}", json={"role": "owner"}).status_code == 422


def test_no_password_and_no_link_is_kept_or_logged(site: Site, boss: Browser) -> None:
    token = invite(boss)
    join(site, token, some_name())
    kept = b"".join(path.read_bytes() for path in (site.folder / "data").glob("weir.db*"))
    for secret in (PASSWORD, token):
        assert secret.encode() not in kept
        assert secret not in site.output()


def test_a_closed_weir_lets_in_who_is_invited_or_was_there(
    own_site: Callable[..., Site], valkey: Valkey
) -> None:
    site = own_site(valkey.url, SIGN_IN="invited")
    with closing(sqlite3.connect(site.folder / "data" / "weir.db")) as database:
        database.execute(
            "INSERT INTO accounts (platform, platform_id, handle, name, secret, created_at,"
            " seen_at) VALUES ('x', 'nobody', 'nobody', 'Nobody', '', 1, 1)"
        )
        database.commit()
    boss = administrator(site, "boss")
    ways = Browser(site).call("GET", "/sign-in").json()
    assert ways == {"x": True, "simulated": True, "invited_only": True}
    assert Browser(site).sign_in("ada").headers["Location"] == "/?sign_in=not_invited"
    asked = {"handle": "@Ada", "role": "viewer"}
    assert boss.call("POST", "/invitations", json=asked).json()["invitation"]["handle"] == "ada"
    ada = Browser(site)
    assert ada.sign_in("ada").headers["Location"] == "/"
    assert ada.call("GET", "/me").json()["role"] == "viewer"
    assert boss.call("GET", "/invitations").json()["total"] == 0
    assert boss.call("POST", "/invitations", json=asked).json()["error"]["code"] == "has_account"
    made = boss.call("POST", "/invitations", json={"handle": "eve"}).json()["invitation"]
    assert boss.call("DELETE", f"/invitations/{made['id']}").status_code == 204
    assert Browser(site).sign_in("eve").headers["Location"] == "/?sign_in=not_invited"
    only = boss.call("PATCH", f"/people/{person_id(boss)}", json={"role": "editor"})
    assert (only.status_code, only.json()["error"]["code"]) == (409, "last_administrator")
    answer = json.loads(json.dumps(boss.call("GET", "/people").json()))
    assert [each["role"] for each in answer["items"]] == ["editor", "administrator", "viewer"]
