"""Mastodon instances that people add: listed without their tokens, and their own alone."""

import pytest

from tests.web.person import Person
from tests.web.site import Site

TOKEN = "a-token-of-somebody"
ADDRESS = "https://social.example"


def add(person: Person, **body: str) -> dict[str, object]:
    made = person.call("POST", "/instances", json={"address": ADDRESS, "token": TOKEN, **body})
    assert made.status_code == 201, made.text
    added: dict[str, object] = made.json()
    return added


def test_an_instance_is_added_checked_listed_and_removed_and_never_shows_its_token(
    site: Site, person: Person
) -> None:
    site.tasks()
    added = add(person)
    assert (added["address"], added["state"], added["fault"]) == (ADDRESS, "unchecked", None)
    assert site.tasks() == [("weir.check_instance", [str(added["id"])])]
    again = add(person, address="social.example/", token="another-token")
    assert again["id"] == added["id"]
    listed = person.call("GET", "/instances")
    assert [each["id"] for each in listed.json()["items"]] == [added["id"]]
    assert TOKEN not in listed.text
    assert "another-token" not in listed.text
    assert person.call("POST", f"/instances/{added['id']}/check").status_code == 202
    body = {"source": "mastodon", "filter": {"word": "tea"}, "plan": {"instance": added["id"]}}
    stream = person.call("POST", "/streams", json=body).json()
    assert stream["plan"]["instance"] == added["id"]
    refused = person.call("DELETE", f"/instances/{added['id']}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "in_use")
    person.call("DELETE", f"/streams/{stream['id']}")
    assert person.call("DELETE", f"/instances/{added['id']}").status_code == 204
    assert person.call("GET", "/instances").json()["items"] == []


def test_nobody_uses_or_removes_the_instance_of_another(site: Site, person: Person) -> None:
    theirs = add(Person(site))["id"]
    assert person.call("DELETE", f"/instances/{theirs}").status_code == 404
    assert person.call("POST", f"/instances/{theirs}/check").status_code == 404
    body = {"source": "mastodon", "filter": {"word": "tea"}, "plan": {"instance": theirs}}
    refused = person.call("POST", "/streams", json=body)
    assert refused.json()["error"]["code"] == "unknown_instance"
    stream = person.call("POST", "/streams", json={**body, "plan": {}}).json()
    edited = person.call("PATCH", f"/streams/{stream['id']}", json={"plan": {"instance": theirs}})
    assert edited.json()["error"]["field"] == "plan.instance"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"address": "http://social.example"}, "address", "not_secured"),
        ({"address": "https://127.0.0.1:6379"}, "address", "private_address"),
        ({"address": "https://169.254.169.254"}, "address", "private_address"),
        ({"address": "https://social.example/api"}, "address", "bad_address"),
        ({"token": "a b c d e f"}, "token", "bad_token"),
    ],
)
def test_what_cannot_be_an_instance_is_refused_beside_its_field(
    person: Person, body: dict[str, str], field: str, code: str
) -> None:
    given = {"address": ADDRESS, "token": TOKEN, **body}
    refused = person.call("POST", "/instances", json=given)
    error = refused.json()["error"]
    assert (refused.status_code, error["field"], error["code"]) == (422, field, code)
