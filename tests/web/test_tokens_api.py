"""API tokens."""

import pytest

from tests.rig.waiting import wait_until
from tests.web.person import Browser, Person
from tests.web.site import Site
from tests.web.viewing import Viewer, refusal


def test_a_token_is_shown_once_and_listed_without_itself(person: Person) -> None:
    made = person.call("POST", "/tokens", json={"name": "laptop", "days": 3}).json()
    listed = person.call("GET", "/tokens").json()["items"]
    assert [each["name"] for each in listed] == ["test", "laptop"]
    assert listed[1]["expires_at"] == made["expires_at"] > listed[1]["created_at"]
    assert made["token"] not in str(listed)


def test_a_revoked_token_opens_nothing_and_its_sockets_end(person: Person, site: Site) -> None:
    viewer = Viewer(site, auth={"token": person.token})
    stays = Viewer(site, cookies=f"weir_session={person.browser.http.cookies['weir_session']}")
    token_id = person.call("GET", "/tokens").json()["items"][0]["id"]
    assert person.call("DELETE", f"/tokens/{token_id}").status_code == 204
    assert person.call("GET", "/me").status_code == 401
    wait_until(lambda: not viewer.is_connected, 10, "the end of the socket")
    assert stays.is_connected
    assert refusal(site, auth={"token": person.token})["data"]["code"] == "unauthorized"
    stays.close()


def test_signing_out_ends_the_pages_sockets(site: Site) -> None:
    browser = Person(site).browser
    viewer = Viewer(site, cookies=f"weir_session={browser.http.cookies['weir_session']}")
    browser.call("POST", "/sign-out")
    wait_until(lambda: not viewer.is_connected, 10, "the end of the socket")


def test_a_token_that_expired_loses_its_sockets(site: Site, person: Person) -> None:
    viewer = Viewer(site, auth={"token": person.token})
    site.expire(person.token)
    wait_until(lambda: not viewer.is_connected, 60, "the end of the socket")


def test_nobody_revokes_what_is_not_theirs(site: Site, person: Person) -> None:
    theirs = Person(site).call("GET", "/tokens").json()["items"][0]["id"]
    for token_id in (theirs, "%", "%25", "_" * 16, "%00", theirs[:4]):
        assert person.call("DELETE", f"/tokens/{token_id}").status_code in (404, 400)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "a\u0000"}, "name"),
        ({"name": "gnp\u202egpj"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a", "days": 0}, "days"),
        ({"name": "a", "days": True}, "days"),
        ({"name": "a", "kind": "session"}, "kind"),
    ],
)
def test_a_token_that_cannot_be_made_is_refused(
    person: Person, body: dict[str, object], field: str
) -> None:
    refused = person.call("POST", "/tokens", json=body)
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)


def test_a_session_cookie_is_no_api_token_nor_the_other_way_round(
    site: Site, person: Person
) -> None:
    cookie = person.browser.http.cookies["weir_session"]
    stranger = Browser(site)
    bearer = {"Authorization": f"Bearer {cookie}"}
    assert stranger.call("GET", "/me", headers=bearer).status_code == 401
    stranger.http.cookies.set("weir_session", person.token)
    assert stranger.call("GET", "/me").status_code == 401
