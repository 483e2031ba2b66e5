"""What other sites can make a browser do here: nothing."""

import pytest
import requests

from tests.web.conftest import CLIENT_ORIGIN
from tests.web.person import Browser, Person, some_name
from tests.web.site import Site

FOREIGN = [
    {},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": CLIENT_ORIGIN},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "own"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_cookie_alone_writes_nothing(site: Site, headers: dict[str, str]) -> None:
    browser = Browser(site)
    browser.sign_in(some_name())
    sent = {name: site.url if value == "own" else value for name, value in headers.items()}
    cookies = {"weir_session": browser.http.cookies["weir_session"]}
    for method, path in (("POST", "/streams"), ("POST", "/tokens"), ("POST", "/sign-out")):
        refused = requests.request(
            method, f"{site.url}/api/v1{path}", headers=sent, cookies=cookies, timeout=10
        )
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_site")
    assert browser.call("GET", "/me").status_code == 200


def test_our_own_page_writes(site: Site) -> None:
    browser = Browser(site)
    browser.sign_in(some_name())
    fresh = {"Sec-Fetch-Site": "same-origin"}
    body = {"filter": {"word": "rain"}}
    assert browser.call("POST", "/streams", json=body, headers=fresh).status_code == 201
    assert browser.call("POST", "/streams", json=body).status_code == 201


def test_a_program_with_a_token_needs_no_origin(person: Person) -> None:
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    body = {"filter": {"word": "rain"}}
    assert person.call("POST", "/streams", json=body, headers=headers).status_code == 201


def test_other_origins_read_the_api_only_when_listed_and_never_with_cookies(site: Site) -> None:
    for origin, allowed in ((CLIENT_ORIGIN, CLIENT_ORIGIN), ("http://evil.example", None)):
        answer = requests.get(
            site.url + "/api/v1/openapi.json", headers={"Origin": origin}, timeout=10
        )
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/healthz", "/nothing", "/login"])
def test_every_answer_tells_browsers_to_be_careful(site: Site, path: str) -> None:
    headers = requests.get(site.url + path, timeout=10).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
