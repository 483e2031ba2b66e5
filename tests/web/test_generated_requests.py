"""Requests that Schemathesis makes up from the document, on what the caller has: none does harm.

Each call that makes something leads on by the links of the document, so that most of the made-up
requests reach what is behind sign-in and ownership. The same requests every time.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.web.administrator import administrator, join
from tests.web.person import some_name
from tests.web.site import Site

BASE = "/api/v1"
EACH = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}
"""Requests made up for each call: those that its description allows, and others."""
LEFT_OUT = {
    ("POST", "/sign-out"),
    ("DELETE", "/tokens/{token_id}"),
    ("DELETE", "/sessions/{session_id}"),
    ("PATCH", "/people/quotas"),
}
"""Would end, or limit, what all others are asked with."""
MADE: tuple[tuple[str, Any], ...] = (
    ("/streams", {"filter": {"word": "rain"}, "plan": {"capture": {"collection": "c{}"}}}),
    ("/streams/{stream_id}/exports", {"format": "csv"}),
    ("/try", {"word": "rain"}),
    ("/clients", {"name": "lab"}),
    ("/clients/{client_id}/jobs", {"name": "rain{}", "keywords": "rain"}),
    ("/deletions", {"ids": ["1"]}),
)
"""What each caller makes first; the links of the answers name it to all later calls."""
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@dataclass
class Caller:
    """An administrator, one of several since each may write only so often.

    `known` is what they have made, by path variable.
    """

    number: int
    headers: dict[str, str]
    known: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, with its own Redis: what is made up here may start and stop anything."""
    folder = tmp_path_factory.mktemp("generated")
    with Processes(folder / "output") as processes:
        valkey = Valkey(processes, folder / "valkey", clean(folder))
        yield Site(processes, folder / "site", valkey.url)


@pytest.fixture(scope="module")
def callers(own: Site) -> list[Caller]:
    boss = administrator(own, some_name())
    invited = [boss.call("POST", "/invitations", json={"role": "administrator"}) for _ in range(3)]
    browsers = [boss, *(join(own, each.json()["token"], some_name()) for each in invited)]
    asked = {"name": "made up", "scope": "admin"}
    tokens = [each.call("POST", "/tokens", json=asked).json()["token"] for each in browsers]
    return [
        Caller(number, {"Authorization": f"Bearer {token}"}) for number, token in enumerate(tokens)
    ]


def make(site: Site, document: Mapping[str, Any], caller: Caller) -> None:
    """Make one of everything, and follow the links of the answers."""
    for path, body in MADE:
        address = site.url + BASE + path.format(**caller.known)
        named = _numbered(body, caller.number)
        answer = requests.post(address, json=named, headers=caller.headers, timeout=20)
        assert answer.ok, (path, answer.text)
        operation = document["paths"][BASE + path]["post"]
        links = operation["responses"][str(answer.status_code)]["links"]
        assert links, path
        for link in links.values():
            for name, where in link["parameters"].items():
                if where.startswith("$response.body#/"):
                    caller.known[name] = answer.json()[where.rpartition("/")[2]]


def _numbered(body: Any, number: int) -> Any:
    if isinstance(body, dict):
        return {key: _numbered(value, number) for key, value in body.items()}
    return body.format(number) if isinstance(body, str) else body


def test_nothing_that_is_made_up_does_harm(own: Site, callers: list[Caller]) -> None:
    schema = schemathesis.openapi.from_url(f"{own.url}{BASE}/openapi.json")
    for caller in callers:
        make(own, schema.raw_schema, caller)
    turns, dice = itertools.cycle(callers), random.Random(1)
    seen: Counter[int] = Counter()
    wrong: dict[tuple[str, str, str], str] = {}
    succeeded = set()

    def ask(case: Any) -> None:
        caller = next(turns)
        for name in case.path_parameters or {}:
            if name in caller.known and dice.random() < 0.8:
                case.path_parameters[name] = caller.known[name]
        answer = case.call(headers=caller.headers, timeout=20)
        seen[answer.status_code] += 1
        if answer.status_code < 400:
            succeeded.add((case.method, case.path))
        try:
            case.validate_response(answer, checks=CHECKS)
        except BaseExceptionGroup as found:
            for each in found.exceptions:
                wrong[case.method, case.path, str(each).partition("\n")[0]] = str(each)

    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    operations.sort(key=lambda each: each.method.upper() == "DELETE")
    for operation in operations:
        method = operation.method.upper()
        if (method, operation.path.removeprefix(BASE)) in LEFT_OUT:
            continue
        for mode, requests_each in EACH.items():
            made_up = settings(
                max_examples=requests_each,
                phases=[Phase.generate],
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            with suppress(Unsatisfiable):  # a call without parameters cannot be asked wrongly
                made_up(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    assert wrong == {}
    assert len(succeeded) >= 30
    assert seen[401] + seen[404] < seen.total() / 3
