"""Signing in with X, for our own page and for the old client."""

from urllib.parse import parse_qsl, urlsplit

import requests

from tests.rig.person import answer_x
from tests.web.person import Browser, OldClient, Person, some_name
from tests.web.site import Site


def test_a_person_signs_in_and_is_known(site: Site) -> None:
    browser, name = Browser(site), some_name()
    answer = browser.sign_in(name)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.call("GET", "/me").json()["handle"] == name


def test_the_same_person_is_the_same_account_however_they_sign_in(site: Site) -> None:
    name = some_name()
    person, again = Person(site, name), Person(site, name)
    assert person.call("GET", "/me").json()["id"] == again.call("GET", "/me").json()["id"]


def test_behind_https_the_cookie_is_for_https_only(site: Site) -> None:
    answer = requests.post(
        site.url + "/api/v1/sign-in",
        headers={"X-Forwarded-Proto": "https", "Sec-Fetch-Site": "same-origin"},
        timeout=10,
    )
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_who_says_no_at_x_is_not_signed_in(site: Site) -> None:
    browser = Browser(site)
    begun = browser.call("POST", "/sign-in").json()["auth_url"]
    answer = browser.come_back(answer_x(begun, some_name(), "deny"))
    assert answer.headers["Location"] == "/?sign_in=denied"
    assert browser.call("GET", "/me").status_code == 401


def test_another_browser_cannot_finish_a_sign_in(site: Site) -> None:
    begun = Browser(site).call("POST", "/sign-in").json()["auth_url"]
    location, stranger = answer_x(begun, some_name()), Browser(site)
    stranger.call("POST", "/sign-in")
    assert stranger.come_back(location).headers["Location"] == "/?sign_in=expired"
    assert stranger.call("GET", "/me").status_code == 401


def test_a_sign_in_is_finished_once(site: Site) -> None:
    browser = Browser(site)
    begun = browser.call("POST", "/sign-in").json()["auth_url"]
    location, jar = answer_x(begun, some_name()), browser.http.cookies.copy()
    assert browser.come_back(location).headers["Location"] == "/"
    browser.http.cookies = jar
    assert browser.come_back(location).headers["Location"] == "/?sign_in=expired"


def test_our_page_and_the_old_client_cannot_finish_each_others_sign_in(site: Site) -> None:
    browser = Browser(site)
    location = answer_x(browser.call("POST", "/sign-in").json()["auth_url"], some_name())
    came = dict(parse_qsl(urlsplit(location).query))
    assert requests.post(site.url + "/token", json=came, timeout=10).status_code == 401
    begun = requests.post(site.url + "/login", timeout=10).json()["auth_url"]
    browser.call("POST", "/sign-in")
    answer = browser.come_back(answer_x(begun, some_name()))
    assert answer.headers["Location"] == "/?sign_in=expired"


def test_a_sign_in_that_took_too_long_is_over(site: Site) -> None:
    browser = Browser(site)
    location = answer_x(browser.call("POST", "/sign-in").json()["auth_url"], some_name())
    begun = requests.post(site.url + "/login", timeout=10).json()["auth_url"]
    came = dict(parse_qsl(urlsplit(answer_x(begun, some_name())).query))
    site.take_too_long()
    assert browser.come_back(location).headers["Location"] == "/?sign_in=expired"
    assert requests.post(site.url + "/token", json=came, timeout=10).status_code == 401


def test_a_wrong_verifier_signs_nobody_in(site: Site) -> None:
    begun = requests.post(site.url + "/login", timeout=10).json()["auth_url"]
    came = dict(parse_qsl(urlsplit(answer_x(begun, some_name())).query))
    answer = requests.post(
        site.url + "/token", json={**came, "oauth_verifier": "guessed"}, timeout=10
    )
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_signing_out_makes_the_session_worthless(site: Site) -> None:
    browser = Browser(site)
    browser.sign_in(some_name())
    stolen = browser.http.cookies.copy()
    assert browser.call("POST", "/sign-out").status_code == 204
    assert "weir_session" not in browser.http.cookies
    browser.http.cookies = stolen
    assert browser.call("GET", "/me").status_code == 401


def test_secrets_stay_out_of_what_is_kept_and_logged(site: Site) -> None:
    person, client = Person(site), OldClient(site)
    cookie = person.browser.http.cookies["weir_session"]
    kept = b"".join(path.read_bytes() for path in (site.folder / "data").glob("weir.db*"))
    for secret in (person.token, client.pair["twitter_token"], cookie):
        assert secret.encode() not in kept
        assert secret not in site.output()
