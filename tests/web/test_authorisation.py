"""Who may do what: everybody against every route that Flask serves, and every socket event."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from streams.settings import ROOT
from tests.rig.environment import clean
from tests.web.administrator import PASSWORD, administrator, join
from tests.web.person import Browser, OldClient, Person, some_name
from tests.web.site import Site
from tests.web.viewing import Viewer, refusal

OPEN = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/password"),
    ("POST", "/join"),
    ("POST", "/join/link"),
    ("GET", "/openapi.json"),
}
OWN_ACCOUNT = {
    ("POST", "/me/password"),
    ("POST", "/tokens"),
    ("DELETE", "/tokens/<token_id>"),
    ("DELETE", "/sessions/<session_id>"),
}
FOR_CLIENTS = {
    ("GET", "activejobs/"),
    ("POST", "update/"),
    ("POST", "jobs/<int:number>/gaps/"),
    ("GET", "deletions/"),
    ("POST", "deletions/<deletion_id>/"),
}
FOR_PEOPLE = {
    ("POST", "jobs/"),
    ("GET", "clients/"),
    ("GET", "clients/<int:client_id>/"),
    ("GET", "jobmodifications/"),
}
PAIR = {("POST", "/startStream"), ("POST", "/stopStream")}
"""Calls of the older dashboard, which carry a token of their own in the body."""
OPEN_BESIDES = {
    ("GET", path)
    for path in (
        "/",
        "/<path:name>",
        "/healthz",
        "/login",
        "/readyz",
        "/redirect",
        "/service-worker.js",
        "/stream",
        "/weir/",
        "/weir/<path:name>",
    )
} | {("POST", "/login")}
API, CAPTURE = "/api/v1", "/capture/api/"
PEOPLE = ("viewer", "other", "owner", "administrator")
EVERYBODY = ("nobody", "client", *PEOPLE)


@dataclass
class World:
    """One of everybody, and what the owner has."""

    site: Site
    browsers: dict[str, Browser]
    client_token: str
    ids: dict[str, str]

    def ask(self, who: str, method: str, rule: str) -> requests.Response:
        """Call a route with an empty object, on what the owner has."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.ids.get(found[1], "0" * 16), rule)
        headers = {"Origin": self.site.url}
        if who == "client":
            headers["Authorization"] = f"Token {self.client_token}"
        http = self.browsers[who].http if who in self.browsers else requests.Session()
        return http.request(
            method,
            self.site.url + path,
            json={} if method != "GET" else None,
            headers=headers,
            allow_redirects=False,
            timeout=20,
        )


@pytest.fixture(scope="module")
def world(site: Site) -> World:
    boss = administrator(site, some_name())
    link = boss.call("POST", "/invitations", json={"role": "viewer"}).json()["token"]
    owner = Person(site)
    client = owner.call("POST", "/clients", json={"name": "lab"}).json()
    path = f"/clients/{client['id']}/jobs"
    job = owner.call("POST", path, json={"name": "rain", "keywords": "rain"}).json()
    return World(
        site,
        {
            "viewer": join(site, link, some_name()),
            "other": Person(site).browser,
            "owner": owner.browser,
            "administrator": boss,
        },
        client["token"],
        {
            "stream_id": owner.stream(),
            "client_id": str(client["id"]),
            "number": str(job["number"]),
            "token_id": owner.call("GET", "/tokens").json()["items"][0]["id"],
            "session_id": owner.call("GET", "/sessions").json()["items"][0]["id"],
            "account_id": "0",
            "name": "app.js",
        },
    )


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Methods and rules in Flask's own map of URLs."""
    script = (
        "import json; from streams.settings import settings; from web.app import create_app\n"
        "rules = create_app(settings()).url_map.iter_rules()\n"
        "print(json.dumps([[m, r.rule] for r in rules for m in r.methods]))"
    )
    env = clean(Path(tmp_path_factory.mktemp("map")))
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, check=True)
    found = [(method, rule) for method, rule in json.loads(done.stdout)]
    return sorted({each for each in found if each[0] not in ("HEAD", "OPTIONS")})


def expected(who: str, method: str, rule: str) -> str:
    """What an answer should be: `in` (401 and 403 are out), `unauthorized`, or `forbidden`."""
    if rule.startswith(API):
        return expected_of_api(who, (method, rule.removeprefix(API)))
    if rule.startswith(CAPTURE):
        return expected_of_capture(who, (method, rule.removeprefix(CAPTURE)))
    if rule.startswith("/flower/"):
        return {"nobody": "unauthorized", "client": "unauthorized", "administrator": "in"}.get(
            who, "forbidden"
        )
    if (method, rule) in PAIR or (method, rule) == ("POST", "/token"):
        return "unauthorized"
    assert (method, rule) in OPEN_BESIDES, f"who may call {method} {rule}?"
    return "in"


def expected_of_api(who: str, call: tuple[str, str]) -> str:
    if call in OPEN:
        return "in"
    if who in ("nobody", "client"):
        return "unauthorized"
    if call[1].startswith(("/people", "/invitations")):
        return "in" if who == "administrator" else "forbidden"
    if who == "viewer" and call[0] != "GET" and call not in OWN_ACCOUNT:
        return "forbidden"
    return "in"


def expected_of_capture(who: str, call: tuple[str, str]) -> str:
    if who == "nobody":
        return "unauthorized"
    if who == "client":
        return "forbidden" if call in FOR_PEOPLE else "in"
    if call in FOR_CLIENTS or (who == "viewer" and call[0] != "GET"):
        return "forbidden"
    return "in"


def outcome(answer: requests.Response) -> str:
    return {401: "unauthorized", 403: "forbidden"}.get(answer.status_code, "in")


def is_owners(rule: str) -> bool:
    return bool(re.search(r"<(?:int:)?(?:stream_id|client_id|number|token_id|session_id)>", rule))


def test_everybody_on_every_route(world: World, routes: list[tuple[str, str]]) -> None:
    wrong: list[Any] = []
    for method, rule in routes:
        for who in EVERYBODY:
            is_end = method == "DELETE" and is_owners(rule) and who == "owner"
            if is_end or (rule == API + "/sign-out" and who in PEOPLE):
                continue  # would end what the others are asked about
            answer = world.ask(who, method, rule)
            want = expected(who, method, rule)
            if outcome(answer) != want:
                wrong.append((who, method, rule, want, answer.status_code, answer.text[:80]))
            is_foreign = who not in ("owner", "client") and is_owners(rule)
            if is_foreign and answer.ok:
                wrong.append((who, method, rule, "not theirs", answer.status_code))
    assert wrong == []


def test_the_owner_is_answered_where_others_are_not(world: World) -> None:
    parts = ["backfill", "days", "edits", "exports", "gaps", "minutes", "segments", "corrections"]
    for part in ("", *(f"/{each}" for each in parts)):
        rule = f"{API}/streams/<stream_id>{part}"
        assert world.ask("owner", "GET", rule).status_code == 200
        for who in ("viewer", "other", "administrator"):
            assert world.ask(who, "GET", rule).status_code == 404


def test_everybody_on_every_socket_event(world: World) -> None:
    site, stream = world.site, world.ids["stream_id"]
    assert refusal(site)["data"]["code"] == "unauthorized"
    assert refusal(site, auth={"token": world.client_token})["data"]["code"] == "unauthorized"
    for who in PEOPLE:
        cookie = world.browsers[who].http.cookies["weir_session"]
        viewer = Viewer(site, cookies=f"weir_session={cookie}")
        try:
            answer = viewer.ask("subscribe", {"stream": stream})
            if who == "owner":
                assert answer["stream"] == stream
            else:
                assert answer["error"]["code"] == "no_such_stream"
            assert viewer.ask("unsubscribe", {"stream": stream}) == {"stream": stream}
            assert viewer.ask("start", {"stream": stream})["error"]["code"] == "unknown_event"
        finally:
            viewer.close()


def test_a_role_holds_for_the_older_dashboard_as_well(world: World) -> None:
    boss, old = world.browsers["administrator"], OldClient(world.site)
    pages = (boss.call("GET", f"/people?limit=100&offset={at}").json() for at in (0, 100, 200, 300))
    people = [each for page in pages for each in page["items"]]
    number = next(each["id"] for each in people if each["handle"] == old.username)
    boss.call("PATCH", f"/people/{number}", json={"role": "viewer"})
    assert (old.start().status_code, old.stop().status_code) == (403, 403)
    boss.call("PATCH", f"/people/{number}", json={"role": "editor"})
    assert old.start().status_code == 200
    assert PASSWORD not in world.site.output()
