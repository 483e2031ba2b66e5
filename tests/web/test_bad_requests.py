"""Bad requests to the API: a clear error each, never a stack trace."""

import pytest
import requests

from tests.web.person import Browser, Person, some_name
from tests.web.site import Site


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "bad_json", None),
        (b"{", "bad_json", None),
        (b"\xff\xfe", "bad_json", None),
        (b"[" * 60_000, "invalid", None),
        (b'{"filter":' + b'{"word":' * 7_000, "invalid", "filter.word"),
        (b"5", "invalid", None),
        (b'{"filter":{"word":"a"},"owner":1}', "invalid", "owner"),
        (b'{"name":"a"}', "invalid", "filter"),
        (b'{"filter":{"word":"\\ud800"}}', "bad_json", None),
        (b'{"filter":{"word":"a"},"name":"\\u0000"}', "invalid", "name"),
        (b'{"filter":{"word":"a"},"name":""}', "invalid", "name"),
        (b'{"filter":{"word":"a"},"name":"' + b"x" * 200 + b'"}', "invalid", "name"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    person: Person, body: bytes, code: str, field: str | None
) -> None:
    refused = person.call("POST", "/streams", data=body)
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert (error["code"], error.get("field")) == (code, field)


def test_a_huge_body_is_refused_unread(person: Person) -> None:
    refused = person.call("POST", "/streams", data=b"x" * 100_000)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")


def test_nobody_gets_nothing(site: Site) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        for path in ("/me", "/streams", "/tokens", "/places/suggest?q=a"):
            refused = requests.get(f"{site.url}/api/v1{path}", headers=header, timeout=10)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorized")
            assert refused.headers["WWW-Authenticate"]


def test_a_wrong_token_is_not_made_good_by_a_cookie(site: Site) -> None:
    browser = Browser(site)
    browser.sign_in(some_name())
    assert browser.call("GET", "/me", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("DELETE", "/api/v1/streams", 405),
        ("PUT", "/api/v1/me", 405),
    ],
)
def test_errors_of_the_api_are_json(site: Site, method: str, path: str, status: int) -> None:
    refused = requests.request(method, site.url + path, timeout=10)
    assert refused.status_code == status
    assert refused.json()["error"]["message"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=-1", "order=asc"])
def test_a_query_that_cannot_be_used_is_refused(person: Person, query: str) -> None:
    refused = person.call("GET", f"/streams?{query}")
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == query.partition("=")[0]


def test_who_writes_without_end_is_held_back(person: Person) -> None:
    body = {"filter": {"word": ""}}
    for _ in range(200):
        answer = person.call("POST", "/streams", json=body)
        if answer.status_code == 429:
            break
        assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "too_many_requests"
    assert person.call("GET", "/me").status_code == 200
