"""The rules endpoints, in X's shapes."""

from typing import Any

from simulator.settings import SimulatorSettings
from tests.simulator.double import App, Double

PATH = "/2/tweets/search/stream/rules"


def kinds(answer: dict[str, Any]) -> list[str]:
    return [error["type"].rpartition("/")[2] for error in answer.get("errors", [])]


def test_rules_are_added_listed_and_deleted(app: App) -> None:
    added = app.add(("cat has:images", "cats"), "dog")
    assert added["meta"]["summary"] == {
        "created": 2,
        "not_created": 0,
        "valid": 2,
        "invalid": 0,
    }
    first, second = added["data"]
    assert first == {"id": first["id"], "value": "cat has:images", "tag": "cats"}
    assert second == {"id": second["id"], "value": "dog"}
    assert app.rules() == [first, second]
    deleted = app.call("POST", PATH, json={"delete": {"ids": [first["id"]]}}).json()
    assert deleted["meta"]["summary"] == {"deleted": 1, "not_deleted": 0}
    by_value = app.call("POST", PATH, json={"delete": {"values": ["dog"]}}).json()
    assert by_value["meta"]["summary"]["deleted"] == 1
    empty = app.call("GET", PATH).json()
    assert empty["meta"]["result_count"] == 0
    assert "data" not in empty


def test_an_added_rule_answers_201_and_a_refused_one_200_with_its_error(app: App) -> None:
    assert app.call("POST", PATH, json={"add": [{"value": "cat"}]}).status_code == 201
    again = app.call("POST", PATH, json={"add": [{"value": "cat", "tag": "other"}]})
    assert again.status_code == 200
    assert again.json()["meta"]["summary"]["not_created"] == 1
    assert kinds(again.json()) == ["duplicate-rules"]
    assert again.json()["errors"][0]["id"] == app.rules()[0]["id"]


def test_good_rules_among_bad_ones_are_created(app: App) -> None:
    answer = app.add("foo:bar", "cat", "cat", "lang:en", "x" * 1_025)
    assert answer["meta"]["summary"] == {
        "created": 1,
        "not_created": 4,
        "valid": 1,
        "invalid": 4,
    }
    assert kinds(answer) == ["invalid-rules", "duplicate-rules", "invalid-rules", "invalid-rules"]
    assert answer["errors"][0]["details"] == ["Reference to invalid operator 'foo' (at position 1)"]
    assert "limit is 1024" in answer["errors"][3]["details"][0]
    assert [rule["value"] for rule in app.rules()] == ["cat"]


def test_a_rule_may_have_1024_characters(app: App) -> None:
    assert app.add("x" * 1_024)["meta"]["summary"]["created"] == 1


def test_a_dry_run_changes_nothing(app: App) -> None:
    assert app.add("cat", dry_run=True)["meta"]["summary"]["created"] == 1
    assert app.rules() == []
    app.add("cat")
    ids = [rule["id"] for rule in app.rules()]
    app.call("POST", PATH, json={"delete": {"ids": ids}}, params={"dry_run": "True"})
    assert len(app.rules()) == 1


def test_delete_all_needs_no_body(app: App) -> None:
    app.add("cat", "dog")
    answer = app.call("POST", PATH, params={"delete_all": "true"})
    assert answer.json()["meta"]["summary"]["deleted"] == 2


def test_an_unknown_id_is_reported_not_deleted(app: App) -> None:
    answer = app.call("POST", PATH, json={"delete": {"ids": ["123"]}}).json()
    assert answer["meta"]["summary"] == {"deleted": 0, "not_deleted": 1}
    assert answer["errors"][0]["errors"][0]["message"] == "Rule does not exist"


def test_the_rule_past_the_cap_is_refused(app: App, double: Double) -> None:
    double.set(max_rules=3)
    answer = app.add("a1", "a2", "a3", "a4")
    assert answer["meta"]["summary"]["created"] == 3
    assert kinds(answer) == ["rule-cap"]
    counts = app.call("GET", PATH + "/counts").json()["data"]
    assert counts["cap_per_project"] == 3
    assert counts["client_app_rules_count"]["rule_count"] == 3


def test_the_caps_are_x_s(double: Double) -> None:
    assert SimulatorSettings().rule_cap() == 1_000
    assert SimulatorSettings().rule_length() == 1_024
    assert SimulatorSettings(enterprise=True).rule_length() == 2_048


def test_the_list_can_be_paged_and_picked_from(app: App) -> None:
    added = app.add("a1", "a2", "a3")["data"]
    page = app.call("GET", PATH, params={"max_results": "2"}).json()
    assert [rule["value"] for rule in page["data"]] == ["a1", "a2"]
    token = page["meta"]["next_token"]
    rest = app.call("GET", PATH, params={"max_results": "2", "pagination_token": token}).json()
    assert [rule["value"] for rule in rest["data"]] == ["a3"]
    assert "next_token" not in rest["meta"]
    picked = app.call("GET", PATH, params={"ids": f"{added[2]['id']},{added[0]['id']}"}).json()
    assert [rule["value"] for rule in picked["data"]] == ["a1", "a3"]


def test_each_app_has_rules_of_its_own(app: App, double: Double) -> None:
    app.add("cat")
    assert double.app().rules() == []


def test_malformed_requests_are_refused_with_400(app: App) -> None:
    bodies = [
        {},
        [],
        "x",
        {"add": []},
        {"add": {}},
        {"add": [{}]},
        {"add": [{"value": 5}]},
        {"add": ["cat"]},
        {"add": [{"value": "cat", "tag": 7}]},
        {"delete": {}},
        {"delete": {"ids": []}},
        {"delete": {"ids": "1"}},
        {"delete": {"ids": [1]}},
        {"add": [{"value": "cat"}], "delete": {"ids": ["1"]}},
        {"remove": []},
    ]
    for body in bodies:
        answer = app.call("POST", PATH, json=body)
        assert answer.status_code == 400, body
        assert answer.json()["type"].endswith("/invalid-request")
    assert app.call("POST", PATH, data=b"{not json").status_code == 400
    assert app.call("POST", PATH, params={"dry_run": "maybe"}, json={}).status_code == 400
    assert app.rules() == []


def test_rule_requests_are_counted_and_limited(app: App, double: Double) -> None:
    double.set(limits={"rules_get": 2})
    first = app.call("GET", PATH)
    assert first.headers["x-rate-limit-limit"] == "2"
    assert first.headers["x-rate-limit-remaining"] == "1"
    assert int(first.headers["x-rate-limit-reset"]) > 1_700_000_000
    app.call("GET", PATH)
    third = app.call("GET", PATH)
    assert third.status_code == 429
    assert third.headers["x-rate-limit-remaining"] == "0"


def test_a_bad_token_gets_401(double: Double) -> None:
    app = double.app()
    for header in ("", "Bearer", "Bearer x", "Bearer " + app.bearer[:-1], "Basic eDp5"):
        app.headers = {"Authorization": header}
        answer = app.call("GET", PATH)
        assert answer.status_code == 401
        assert answer.json()["title"] == "Unauthorized"
