"""The wire of the old dashboard client, and what its old server got wrong."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
import requests
import websocket

from tests.web.conftest import CLIENT_ORIGIN
from tests.web.person import OldClient, Person
from tests.web.site import Site, post
from tests.web.viewing import Viewer, refusal

Connect = Callable[..., Viewer]


@pytest.mark.parametrize("left_over", [b"", b"{}", b'{"auth_url": 5}', b"[1,", b"\xff" * 99])
def test_login_answers_an_address_whatever_the_body_says(site: Site, left_over: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(site.url + "/login", data=left_over, headers=headers, timeout=10)
    assert list(answer.json()) == ["auth_url"]
    assert "/oauth/authorize?oauth_token=" in answer.json()["auth_url"]


def test_the_token_fits_in_a_cookie_and_is_no_json(old_client: OldClient) -> None:
    assert set(old_client.pair) == {"twitter_account", "twitter_token"}
    token = old_client.pair["twitter_token"]
    assert old_client.pair["twitter_account"] == old_client.username
    assert quote(token, safe="") == token
    assert token[0] not in '{["'
    assert len(token) < 3900


@pytest.mark.parametrize(
    "body", [b"{}", b"", b"[]", b"{", b'{"oauth_token": 5}', b"[" * 50_000, b'{"oauth_token":""}']
)
def test_a_failed_token_is_never_json(site: Site, body: bytes) -> None:
    answer = requests.post(site.url + "/token", data=body, timeout=10)
    assert answer.status_code in (400, 401)
    assert answer.headers["Content-Type"].startswith("text/plain")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(answer.text)


def test_start_and_stop_reach_the_workers(site: Site, old_client: OldClient) -> None:
    site.tasks()
    started = old_client.start("rain", "Madrid").json()["stream"]
    assert ("weir.start_stream", [started]) in site.tasks()
    assert old_client.stop().status_code == 200
    assert ("weir.stop_stream", [started]) in site.tasks()


def test_starting_again_replaces_the_stream(site: Site) -> None:
    client = OldClient(site)
    first, again = client.start("rain").json(), client.start("snow", "Bavaria").json()
    assert first == again
    person = Person(site, client.username)
    shown = person.call("GET", "/streams").json()["items"]
    assert [each["filter"]["word"] for each in shown] == ["snow"]
    assert shown[0]["filter"]["place"]["country"] == "DE"
    assert shown[0]["generation"] == 2


def test_a_word_is_text_in_its_own_case_and_never_a_pattern(site: Site) -> None:
    client = OldClient(site)
    assert client.start("Golden (a+)+$ [").status_code == 200
    shown = Person(site, client.username).call("GET", "/streams").json()["items"][0]
    assert shown["filter"]["word"] == "Golden (a+)+$ ["


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"word": "", "location": ""}, 422),
        ({"word": "rain", "location": "Nowhereburgh on Nothing"}, 422),
        ({"word": "x" * 5000}, 422),
        ({"word": "rain\x07"}, 422),
        ({"word": "\0"}, 422),
        ({"word": "((("}, 422),
        ({"word": 5}, 400),
        ({"location": ["Madrid"]}, 400),
        ({"twitter_token": "undefined"}, 401),
        ({"twitter_token": "null", "twitter_account": "null"}, 401),
        ({"twitter_account": "somebody_else"}, 401),
        ({"twitter_account": "undefined"}, 401),
        ({"twitter_token": "x" * 5000}, 401),
        ({"twitter_token": None}, 401),
    ],
)
def test_what_cannot_start_is_refused_in_plain_text(
    site: Site, old_client: OldClient, asked: dict[str, object], status: int
) -> None:
    site.tasks()
    answer = old_client.start(**asked)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "Traceback" not in answer.text
    assert site.tasks() == []


def test_knowing_a_name_does_not_stop_a_stream(site: Site, old_client: OldClient) -> None:
    old_client.start()
    site.tasks()
    for token in ("", "undefined", OldClient(site).pair["twitter_token"]):
        body = {"twitter_account": old_client.username, "twitter_token": token}
        assert old_client.post("/stopStream", body).status_code == 401
    assert site.tasks() == []


def test_stopping_what_never_ran_is_no_error(old_client: OldClient) -> None:
    assert old_client.stop().status_code == 200


def test_the_event_is_what_the_client_draws(
    site: Site, old_client: OldClient, connect: Connect
) -> None:
    viewer = connect(old_client)
    stream = old_client.start().json()["stream"]
    site.push(
        post(1, "In SUN <b>&", coords=(-122.4, 37.8), label="negative", source="iphone"),
        post(2, "No Place", label="neutral", source="android"),
        to=stream,
    )
    first, second = (json.loads(text) for text in viewer.wait_for_texts(2))
    assert first == {
        "coords": {"lon": -122.4, "lat": 37.8},
        "label": "negative",
        "source": "iphone",
        "text": "in sun <b>&",
    }
    assert second["coords"] == {"lon": 0, "lat": 0}
    assert second["source"] == "Android"


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
def test_two_people_see_only_their_own(
    site: Site, connect: Connect, transports: tuple[str, ...]
) -> None:
    people = [OldClient(site), OldClient(site)]
    viewers = [connect(each, transports=transports) for each in people]
    for number, each in enumerate(people):
        site.push(post(number, f"for {number}"), to=each.start().json()["stream"])
    for number, viewer in enumerate(viewers):
        assert [json.loads(text)["text"] for text in viewer.wait_for_texts(1)] == [f"for {number}"]


def test_a_page_opened_after_the_start_hears_it_too(
    site: Site, old_client: OldClient, connect: Connect
) -> None:
    stream = old_client.start().json()["stream"]
    viewer = connect(old_client)
    site.push(post(1), to=stream)
    viewer.wait_for_texts(1)


def test_after_stop_nothing_is_sent_until_it_starts_again(
    site: Site, old_client: OldClient, connect: Connect
) -> None:
    viewer = connect(old_client)
    stream = old_client.start().json()["stream"]
    another = OldClient(site)
    following = connect(another)
    after_it = another.start().json()["stream"]
    old_client.stop()
    site.push(post(1, "late"), to=stream)
    site.push(post(2, "after it"), to=after_it)
    following.wait_for_texts(1)  # the web process has read the late one too
    old_client.start()
    site.push(post(3, "new"), to=stream)
    assert [json.loads(text)["text"] for text in viewer.wait_for_texts(1)] == ["new"]


def test_cookies_arrive_percent_encoded(site: Site, old_client: OldClient) -> None:
    encoded = "; ".join(
        f"{name}={''.join(f'%{ord(c):02X}' for c in value)}"
        for name, value in old_client.pair.items()
    )
    Viewer(site, cookies=encoded).close()


@pytest.mark.parametrize("cookies", ["", "twitter_account=undefined; twitter_token=undefined"])
def test_no_one_gets_no_socket(site: Site, cookies: str) -> None:
    assert refusal(site, cookies=cookies)["data"] == {"code": "unauthorized"}


def test_only_listed_origins_may_call(site: Site) -> None:
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for origin, allowed in ((CLIENT_ORIGIN, CLIENT_ORIGIN), ("http://evil.example", None)):
        headers = {"Origin": origin}
        for path in ("/login", "/token", "/startStream", "/stopStream"):
            before = requests.options(site.url + path, headers=headers | asks, timeout=10)
            assert before.headers.get("Access-Control-Allow-Origin") == allowed
            assert before.headers.get("Access-Control-Allow-Credentials") is None
            if allowed:
                assert "content-type" in before.headers["Access-Control-Allow-Headers"]
        answer = requests.post(site.url + "/login", headers=headers, timeout=10)
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


@pytest.mark.parametrize(
    ("origin", "status"),
    [("own", 200), (CLIENT_ORIGIN, 200), ("http://evil.example", 400), ("null", 400)],
)
def test_only_listed_origins_may_open_a_socket(site: Site, origin: str, status: int) -> None:
    origin = site.url if origin == "own" else origin
    polling = requests.get(
        site.url + "/socket.io/?EIO=4&transport=polling", headers={"Origin": origin}, timeout=10
    )
    assert polling.status_code == status
    address = site.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    if status == 200:
        websocket.create_connection(address, origin=origin, timeout=10).close()
    else:
        with pytest.raises(websocket.WebSocketBadStatusException):
            websocket.create_connection(address, origin=origin, timeout=10)


def test_a_deleted_stream_is_not_revived_by_the_old_client(site: Site) -> None:
    client = OldClient(site)
    first = client.start().json()["stream"]
    assert Person(site, client.username).call("DELETE", f"/streams/{first}").status_code == 204
    assert client.start().json()["stream"] != first
