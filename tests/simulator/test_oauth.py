"""Signing in: OAuth 1.0a with real clients, OAuth 2.0 app-only and PKCE."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from requests_oauthlib import OAuth1Session

from tests.simulator.double import SECONDS, App, Double

CALLBACK = "http://127.0.0.1:5000/redirect"


def forge(session: OAuth1Session) -> None:
    """Sign from now on with a token secret that is not the right one."""
    vars(session)["_client"].client.resource_owner_secret = "other"


def begin(app: App, callback: str = CALLBACK) -> OAuth1Session:
    session = OAuth1Session(app.key, client_secret=app.secret, callback_uri=callback)
    answer = session.fetch_request_token(f"{app.double.base}/oauth/request_token")
    assert answer["oauth_callback_confirmed"] == "true"
    return session


def decide(
    app: App,
    session: OAuth1Session,
    decision: str = "allow",
    username: str = "demo",
    page: str = "authorize",
) -> requests.Response:
    form = {
        "oauth_token": session.token["oauth_token"],
        "username": username,
        "decision": decision,
    }
    return requests.post(
        f"{app.double.base}/oauth/{page}", form, allow_redirects=False, timeout=SECONDS
    )


def sign_in(app: App, username: str = "demo") -> tuple[OAuth1Session, dict[str, str]]:
    session = begin(app)
    session.parse_authorization_response(
        decide(app, session, username=username).headers["Location"]
    )
    return session, session.fetch_access_token(f"{app.double.base}/oauth/access_token")


@pytest.mark.parametrize("page", ["authorize", "authenticate"])
def test_three_steps_tell_who_signed_in(app: App, page: str) -> None:
    session = begin(app)
    shown = requests.get(session.authorization_url(f"{app.double.base}/oauth/{page}"), timeout=9)
    assert shown.status_code == 200
    back = decide(app, session, page=page)
    assert back.status_code == 302
    assert back.headers["Location"].startswith(CALLBACK + "?oauth_token=")
    session.parse_authorization_response(back.headers["Location"])
    token = session.fetch_access_token(f"{app.double.base}/oauth/access_token")
    assert token["screen_name"] == "demo"
    assert token["oauth_token"].startswith(token["user_id"] + "-")
    me = session.get(
        f"{app.double.base}/2/users/me", params={"user.fields": "profile_image_url"}
    ).json()["data"]
    assert me == {
        "id": token["user_id"],
        "name": "demo",
        "username": "demo",
        "profile_image_url": me["profile_image_url"],
    }
    assert me["profile_image_url"].startswith("data:image/svg+xml,")


def test_a_user_has_the_same_id_at_every_sign_in(app: App) -> None:
    ids = {sign_in(app, name)[1]["user_id"] for name in ("demo", "Demo", "@demo")}
    assert len(ids) == 1
    assert sign_in(app, "someone")[1]["user_id"] not in ids


def test_deny_goes_back_with_denied_and_ends_the_attempt(app: App) -> None:
    session = begin(app, CALLBACK + "?keep=1")
    back = decide(app, session, "deny", username="")
    query = parse_qs(urlsplit(back.headers["Location"]).query)
    assert query == {"keep": ["1"], "denied": [session.token["oauth_token"]]}
    assert decide(app, session).status_code == 403


@pytest.mark.parametrize("name", ["", "  ", "a b", "x" * 16, "<script>", "é", "a@b"])
def test_an_impossible_user_name_is_asked_for_again(app: App, name: str) -> None:
    session = begin(app)
    page = decide(app, session, username=name)
    assert page.status_code == 400
    assert "1 to 15 letters" in page.text
    assert "<script>" not in page.text
    assert decide(app, session).status_code == 302


def test_a_missing_decision_is_asked_for_again(app: App) -> None:
    session = begin(app)
    assert decide(app, session, decision="perhaps").status_code == 400
    assert decide(app, session).status_code == 302


@pytest.mark.parametrize(
    "callback",
    ["javascript:alert(1)", "ftp://x/y", "//evil", "nonsense", "http://", "", "file:///etc/passwd"],
)
def test_a_callback_other_than_http_is_not_approved(app: App, callback: str) -> None:
    session = OAuth1Session(app.key, client_secret=app.secret, callback_uri=callback or None)
    answer = session.post(f"{app.double.base}/oauth/request_token")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == 415


def test_a_wrong_signature_is_refused_at_each_step(app: App) -> None:
    wrong = OAuth1Session(app.key, client_secret="other", callback_uri=CALLBACK)
    answer = wrong.post(f"{app.double.base}/oauth/request_token")
    assert answer.status_code == 401
    assert answer.json()["errors"] == [{"code": 32, "message": "Could not authenticate you."}]
    session = begin(app)
    session.parse_authorization_response(decide(app, session).headers["Location"])
    forge(session)
    assert session.post(f"{app.double.base}/oauth/access_token").status_code == 401
    session, _token = sign_in(app)
    forge(session)
    assert session.get(f"{app.double.base}/2/users/me").status_code == 401
    unsigned = requests.post(f"{app.double.base}/oauth/request_token", timeout=SECONDS)
    assert unsigned.status_code == 401


def test_an_old_timestamp_is_refused(app: App) -> None:
    old = OAuth1Session(
        app.key, client_secret=app.secret, callback_uri=CALLBACK, timestamp="1600000000"
    )
    assert old.post(f"{app.double.base}/oauth/request_token").status_code == 401


def test_a_verifier_is_needed_and_works_once(app: App) -> None:
    session = begin(app)
    place = f"{app.double.base}/oauth/access_token"
    assert session.post(place, params={"oauth_verifier": "x"}).status_code == 401
    back = decide(app, session)
    assert session.post(place, data={"oauth_verifier": "wrong"}).status_code == 401
    session.parse_authorization_response(back.headers["Location"])
    session.fetch_access_token(place)
    assert decide(app, session).status_code == 403


def test_another_app_cannot_use_the_request_token(app: App, double: Double) -> None:
    session, other = begin(app), double.app()
    session.parse_authorization_response(decide(app, session).headers["Location"])
    thief = OAuth1Session(
        other.key,
        other.secret,
        session.token["oauth_token"],
        session.token["oauth_token_secret"],
        verifier=vars(session)["_client"].client.verifier,
    )
    assert thief.post(f"{double.base}/oauth/access_token").status_code == 401


def test_an_app_without_an_address_gets_a_pin(app: App) -> None:
    session = begin(app, "oob")
    page = decide(app, session)
    pin = page.text.partition('class="pin">')[2][:7]
    assert pin.isdigit()
    token = session.fetch_access_token(f"{app.double.base}/oauth/access_token", verifier=pin)
    assert token["screen_name"] == "demo"


@pytest.mark.parametrize("token", ["", "unknown", "<b>"])
def test_an_unknown_request_token_gets_a_page_that_says_so(double: Double, token: str) -> None:
    for page in ("authorize", "authenticate"):
        shown = requests.get(f"{double.base}/oauth/{page}", {"oauth_token": token}, timeout=SECONDS)
        assert shown.status_code == 403
        assert "<b>" not in shown.text
        assert "unknown, used up or too old" in shown.text


def test_the_page_escapes_what_it_shows_and_forbids_scripts(double: Double) -> None:
    hostile = double.app('"><script>alert(1)</script>')
    session = begin(hostile)
    page = requests.get(
        f"{double.base}/oauth/authorize",
        {"oauth_token": session.token["oauth_token"], "screen_name": '"><img src=x>'},
        timeout=SECONDS,
    )
    assert "<script" not in page.text
    assert "<img" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action" not in policy


def test_a_signature_for_x_s_own_address_passes(app: App) -> None:
    """A client that sends through a rewriting adapter has signed the address before that."""

    class Rebase(requests.adapters.HTTPAdapter):
        def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
            assert request.url is not None
            request.url = request.url.replace("https://api.twitter.com", app.double.base)
            return super().send(request, **options)

    session = OAuth1Session(app.key, client_secret=app.secret, callback_uri=CALLBACK)
    session.mount("https://api.twitter.com", Rebase())
    assert session.fetch_request_token("https://api.twitter.com/oauth/request_token")


def test_tokens_outlive_the_simulator(start: Callable[..., Double]) -> None:
    first = start()
    app = first.app("lasting")
    _, token = sign_in(app)
    first.stop()
    second = start()
    assert second.app("lasting").bearer == app.bearer
    session = OAuth1Session(
        "lasting", app.secret, token["oauth_token"], token["oauth_token_secret"]
    )
    me = session.get(f"{second.base}/2/users/me").json()["data"]
    assert me["username"] == "demo"
    app.double = second
    assert app.call("GET", "/2/tweets/search/stream/rules").ok


def test_a_user_token_cannot_stream_and_an_app_token_is_nobody(app: App) -> None:
    session, _ = sign_in(app)
    refused = session.get(f"{app.double.base}/2/tweets/search/stream")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/unsupported-authentication")
    assert "OAuth 1.0a User Context" in refused.json()["detail"]
    nobody = app.call("GET", "/2/users/me")
    assert nobody.status_code == 403
    assert "OAuth 2.0 Application-Only is forbidden" in nobody.json()["detail"]


def test_the_bearer_token_is_always_the_same_until_invalidated(app: App, double: Double) -> None:
    assert double.app(app.key).bearer == app.bearer
    where = f"{double.base}/oauth2/invalidate_token"
    gone = requests.post(where, {"access_token": app.bearer}, auth=(app.key, app.secret), timeout=9)
    assert gone.ok
    assert app.call("GET", "/2/tweets/search/stream/rules").status_code == 401
    assert double.app(app.key).bearer == app.bearer
    assert app.call("GET", "/2/tweets/search/stream/rules").ok


@pytest.mark.parametrize("auth", [None, ("key", ""), ("", "secret"), ("fixed", "wrong")])
def test_bad_app_credentials_get_code_99(double: Double, auth: tuple[str, str] | None) -> None:
    double.app("fixed")
    answer = requests.post(
        f"{double.base}/oauth2/token",
        {"grant_type": "client_credentials"},
        auth=auth,
        timeout=SECONDS,
    )
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == 99


def test_only_the_given_apps_are_known_when_some_are_given(start: Callable[..., Double]) -> None:
    double = start(
        "--consumer-key",
        "one",
        "--consumer-secret",
        "s1",
        "--consumer-key",
        "two",
        "--consumer-secret",
        "s2",
    )
    for key, secret in (("one", "s1"), ("two", "s2")):
        assert sign_in(double.app(key, secret))[1]["screen_name"] == "demo"
    for key, secret in (("one", "s2"), ("three", "s3")):
        answer = requests.post(
            f"{double.base}/oauth2/token",
            {"grant_type": "client_credentials"},
            auth=(key, secret),
            timeout=SECONDS,
        )
        assert answer.status_code == 403
        stranger = OAuth1Session(key, secret, callback_uri=CALLBACK)
        assert stranger.post(f"{double.base}/oauth/request_token").status_code == 401


def pkce(app: App, **changes: str) -> tuple[str, dict[str, str], dict[str, str]]:
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": app.key,
        "redirect_uri": CALLBACK,
        "scope": "tweet.read users.read offline.access",
        "state": "abc",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        **changes,
    }
    form = {"redirect_uri": CALLBACK, "code_verifier": verifier, "client_id": app.key}
    return f"{app.double.base}/i/oauth2/authorize", query, form


def test_pkce_signs_in_refreshes_and_revokes(app: App) -> None:
    page, query, form = pkce(app)
    assert requests.get(page, query, timeout=SECONDS).status_code == 200
    allowed = {**query, "username": "demo", "decision": "allow"}
    back = requests.post(page, allowed, allow_redirects=False, timeout=SECONDS)
    found = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    assert found["state"] == "abc"
    tokens = f"{app.double.base}/2/oauth2/token"
    form |= {"grant_type": "authorization_code", "code": found["code"]}
    token = requests.post(tokens, form, timeout=SECONDS).json()
    assert token["expires_in"] == 7200
    app.headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert app.call("GET", "/2/users/me").json()["data"]["username"] == "demo"
    assert app.call("GET", "/2/tweets/search/stream").status_code == 403
    again = requests.post(tokens, form, timeout=SECONDS)
    assert again.status_code == 400
    refresh = {
        "grant_type": "refresh_token",
        "refresh_token": token["refresh_token"],
        "client_id": app.key,
    }
    fresh = requests.post(tokens, refresh, timeout=SECONDS).json()["access_token"]
    app.headers = {"Authorization": f"Bearer {fresh}"}
    assert app.call("GET", "/2/users/me").ok
    requests.post(f"{app.double.base}/2/oauth2/revoke", {"token": fresh}, timeout=SECONDS)
    assert app.call("GET", "/2/users/me").status_code == 401


def test_pkce_denied_and_with_a_wrong_verifier(app: App) -> None:
    page, query, form = pkce(app)
    denied = requests.post(page, {**query, "decision": "deny"}, allow_redirects=False, timeout=9)
    assert parse_qs(urlsplit(denied.headers["Location"]).query)["error"] == ["access_denied"]
    allowed = {**query, "username": "demo", "decision": "allow"}
    back = requests.post(page, allowed, allow_redirects=False, timeout=SECONDS)
    form |= {
        "code": parse_qs(urlsplit(back.headers["Location"]).query)["code"][0],
        "grant_type": "authorization_code",
        "code_verifier": "w" * 50,
    }
    wrong = requests.post(f"{app.double.base}/2/oauth2/token", form, timeout=SECONDS)
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"redirect_uri": "javascript:1"},
        {"state": "s" * 501},
        {"code_challenge": ""},
        {"code_challenge_method": "S1"},
        {"response_type": "token"},
    ],
)
def test_pkce_refuses_a_bad_request_without_a_redirect(app: App, changes: dict[str, str]) -> None:
    page, query, _ = pkce(app, **changes)
    assert requests.get(page, query, allow_redirects=False, timeout=SECONDS).status_code == 400
