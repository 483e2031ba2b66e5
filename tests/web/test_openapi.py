"""The document that describes the API: whole, valid, and true of the answers."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from streams.settings import ROOT
from tests.rig.environment import clean
from tests.web.person import Browser, Person
from tests.web.site import Site


def document(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(site.url + "/api/v1/openapi.json", timeout=10).json()
    return found


def test_it_is_valid(site: Site) -> None:
    validate(document(site))


def test_it_describes_exactly_the_routes_that_flask_serves(site: Site, tmp_path: Path) -> None:
    described = {
        (method.upper(), path)
        for path, operations in document(site)["paths"].items()
        for method in operations
    }
    assert described == served(tmp_path)
    for method, path in described:
        concrete = re.sub(r"{\w+}", "0" * 16, path)
        answer = requests.request(method, site.url + concrete, timeout=10)
        assert answer.status_code in (200, 401, 403), (method, path)


def served(folder: Path) -> set[tuple[str, str]]:
    """Methods and paths below /api/ in Flask's own map of URLs.

    In a process of its own: Flask-SocketIO quietens the loggers of whoever imports it.
    """
    script = (
        "import json; from streams.settings import settings; from web.app import create_app\n"
        "rules = create_app(settings()).url_map.iter_rules()\n"
        "print(json.dumps([[m, r.rule] for r in rules for m in r.methods]))"
    )
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=ROOT, env=clean(folder), capture_output=True, check=True)
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule))
        for method, rule in json.loads(done.stdout)
        if rule.startswith("/api/") and method not in ("HEAD", "OPTIONS")
    }


def test_operations_have_names_of_their_own(site: Site) -> None:
    names = [
        operation["operationId"]
        for operations in document(site)["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))


def test_answers_are_as_described(site: Site, person: Person) -> None:
    described = document(site)

    def check(path: str, answer: requests.Response, template: str = "") -> None:
        method = (answer.request.method or "").lower()
        operation = described["paths"]["/api/v1" + (template or path)][method]
        response = operation["responses"][str(answer.status_code)]
        if "content" not in response:
            assert answer.content == b""
            return
        schema = response["content"]["application/json"]["schema"]
        whole = {**schema, "components": described["components"]}
        Draft202012Validator(whole).validate(answer.json())

    stream = person.stream(word="tea", place="Madrid", running=True)
    one = "/streams/{stream_id}"
    check("/sign-in", Browser(site).call("POST", "/sign-in"))
    check("/me", person.call("GET", "/me"))
    check("/me", requests.get(site.url + "/api/v1/me", timeout=10))
    check("/streams", person.call("POST", "/streams", json={"filter": {"word": "a"}}))
    check("/streams", person.call("POST", "/streams", json={"filter": {"place": "Madridd"}}))
    check("/streams", person.call("POST", "/streams", data=b"x" * 70_000))
    check("/streams", person.call("GET", "/streams"))
    check("", person.call("GET", f"/streams/{stream}"), one)
    check("", person.call("GET", f"/streams/{'0' * 16}"), one)
    check("", person.call("PATCH", f"/streams/{stream}", json={"name": "b"}), one)
    for deed in ("start", "stop"):
        check("", person.call("POST", f"/streams/{stream}/{deed}"), f"{one}/{deed}")
    for part in ("edits", "minutes", "gaps"):
        check("", person.call("GET", f"/streams/{stream}/{part}"), f"{one}/{part}")
    check("", person.call("DELETE", f"/streams/{stream}"), one)
    check("", person.call("POST", f"/streams/{stream}/start"), f"{one}/start")
    check("/collections", person.call("GET", "/collections"))
    check("/models", person.call("GET", "/models"))
    tried = person.call("POST", "/try", json={"word": "tea"})
    check("/try", tried)
    check("", person.call("GET", f"/try/{tried.json()['id']}"), "/try/{trial_id}")
    check("", person.call("GET", "/try/0"), "/try/{trial_id}")
    check("/places/suggest", person.call("GET", "/places/suggest?q=ma"))
    check("/tokens", person.call("POST", "/tokens", json={"name": "a"}))
    check("/tokens", person.call("GET", "/tokens"))
    token_id = person.call("GET", "/tokens").json()["items"][1]["id"]
    check("", person.call("DELETE", f"/tokens/{token_id}"), "/tokens/{token_id}")
    check("/openapi.json", requests.get(site.url + "/api/v1/openapi.json", timeout=10))
    cookie = {"Cookie": f"weir_session={person.browser.http.cookies['weir_session']}"}
    check("/streams", requests.post(site.url + "/api/v1/streams", headers=cookie, timeout=10))
