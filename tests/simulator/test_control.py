"""The control API: posts, pace, settings, the ledger, and who may use it."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import requests

from tests.rig.waiting import wait_until
from tests.simulator.double import SECONDS, App, Double


def raw(double: Double, method: str, path: str, **options: Any) -> requests.Response:
    return requests.request(method, f"{double.base}/_control/{path}", timeout=SECONDS, **options)


def test_missing_ids_and_times_are_filled_in(app: App, double: Double) -> None:
    app.add("cat")
    with app.stream(tweet_fields="created_at") as stream:
        ids = double.post({"text": "cat"}, {"text": "cat"})["ids"]
        first, second = (post["data"] for post in stream.wait(2))
    assert [first["id"], second["id"]] == ids
    assert int(ids[0]) < int(ids[1])
    assert len(ids[0]) == 19
    assert first["created_at"].startswith(time.strftime("%Y-%m-%dT", time.gmtime()))


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b'"x"',
        b"{}",
        b'{"data":null}',
        b'{"data":[]}',
        b'{"data":{"text":5}}',
        b'{"data":{"id":5}}',
        b'{"data":{"id":"abc"}}',
        b'{"data":{"id":"007"}}',
        b'{"data":{"id":"99999999999999999999"}}',
        b'{"data":{"text":"x","referenced_tweets":5}}',
        b'{"data":{"text":"x","geo":5}}',
        b'{"data":{"text":"x"},"includes":{"users":[{"name":"no id"}]}}',
        b'{"data":{"text":"x","entities":5}}',
        b'{"data":{"text":"\xff"}}',
        b'{"data":{"text":"x","entities":{"hashtags":[5]}}}',
        b'{"data":{"text":"x","context_annotations":5}}',
        b'{"data":{"text":"x","note_tweet":5}}',
        b'{"data":{"text":"x","author_id":"1"},"includes":{"users":[{"id":"1",'
        b'"public_metrics":5}]}}',
        b'{"data":{"text":"x","geo":{"place_id":"p"}},"includes":{"places":[{"id":"p",'
        b'"geo":{"bbox":[1,2]}}]}}',
        b'{"data":{"text":"x","created_at":5}}',
        b'{"data":{"text":"x","created_at":"now"}}',
    ],
)
def test_one_bad_line_refuses_the_whole_batch_and_is_named(
    app: App, double: Double, line: bytes
) -> None:
    app.add("cat", "#x", "cat bounding_box:[-3.8 40.3 -3.6 40.5]")
    with app.stream() as stream:
        answer = raw(double, "POST", "posts", data=b'{"data":{"text":"cat"}}\n' + line + b"\n")
        assert answer.status_code == 400
        assert "line 2 is not a v2 payload" in answer.json()["error"]["message"]
        double.post({"text": "cat", "id": "2"})
        stream.wait(1)
        assert stream.ids == ["2"]


def test_no_posts_are_no_error(double: Double) -> None:
    answer = raw(double, "POST", "posts", data=b"\n\n").json()
    assert answer == {"posts": 0, "matched": 0, "delivered": 0, "ids": []}


def test_the_ledger_holds_each_delivery_in_order(app: App, double: Double) -> None:
    rules = app.add(("cat", "cats"), ("dog", "dogs"))["data"]
    before = time.time() * 1000 - 1
    with app.stream() as stream:
        double.post(
            *(
                {"text": text, "id": str(n)}
                for n, text in enumerate(["cat", "dog", "cat dog", "bird", "cat"], 1)
            )
        )
        stream.wait(4)
    page = double.ledger(limit=3)
    assert [entry["id"] for entry in page["entries"]] == ["1", "2", "3"]
    assert page["more"] is True
    assert page["entries"][2]["tags"] == ["cats", "dogs"]
    assert page["entries"][2]["rules"] == [rule["id"] for rule in rules]
    assert before <= page["entries"][0]["sent_ms"] <= time.time() * 1000
    rest = double.ledger(limit=3, since=page["next"])
    assert [entry["id"] for entry in rest["entries"]] == ["5"]
    assert rest["more"] is False
    assert double.ledger(since=rest["next"])["entries"] == []
    assert [e["id"] for e in double.ledger(rule="dogs")["entries"]] == ["2", "3"]
    assert [e["id"] for e in double.ledger(rule=rules[0]["id"])["entries"]] == ["1", "3", "5"]
    number = app.connections()[-1]["connection"]
    assert app.connections()[-1]["delivered"] == 4
    assert app.connections()[-1]["rules"] == {rules[0]["id"]: 3, rules[1]["id"]: 2}
    ids = raw(double, "GET", "ledger", params={"format": "ids", "connection": number})
    assert ids.text.split() == ["1", "2", "3", "5"]
    assert raw(double, "GET", "ledger", params={"format": "ids", "rule": "dogs"}).text == "2\n3\n"
    assert raw(double, "DELETE", "ledger").ok
    assert double.ledger()["entries"] == []


def test_the_ledger_counts_on_after_a_reset(app: App, double: Double) -> None:
    app.add("cat")
    with app.stream() as stream:
        double.post({"text": "cat"})
        stream.wait(1)
        last = double.ledger()["next"]
        raw(double, "DELETE", "ledger")
        double.post({"text": "cat", "id": "77"})
        stream.wait(2)
    entries = double.ledger(since=last)["entries"]
    assert [(entry["seq"], entry["id"]) for entry in entries] == [(last + 1, "77")]


@pytest.mark.parametrize("query", [{"since": "x"}, {"limit": "1000000"}, {"connection": "-1"}])
def test_a_bad_ledger_query_gets_400(double: Double, query: dict[str, str]) -> None:
    assert raw(double, "GET", "ledger", params=query).status_code == 400


def test_posts_prepared_ahead_go_out_first_by_the_rules_of_that_time_and_of_now(
    app: App, double: Double
) -> None:
    app.add("the")
    with app.stream() as stream:
        assert double.control("POST", "prepare", json={"posts": 400}) == {"ready": 400}
        double.control("POST", "rate", json={"posts_per_second": 400})
        stream.wait(20)
        double.control("POST", "rate", json={"posts_per_second": 0})
        early = double.ledger()["entries"]
        late = app.add("a")["data"][0]["id"]
        double.control("POST", "rate", json={"posts_per_second": 400})
        wait_until(lambda: not double.control("GET", "")["ready"], SECONDS, "all to go out")
        double.control("POST", "rate", json={"posts_per_second": 0})
        entries = double.ledger()["entries"]
        stream.wait(len(entries))
    assert stream.ids == [entry["id"] for entry in entries]
    assert len(set(stream.ids)) == len(entries)
    assert not any(late in entry["rules"] for entry in early)
    assert any([late] == entry["rules"] for entry in entries[len(early) :])


def test_posts_prepared_with_words_go_to_the_rule_of_each_in_turn(app: App, double: Double) -> None:
    rules = {app.add(word)["data"][0]["id"] for word in ("alpha", "beta")}
    with app.stream() as stream:
        double.control("POST", "prepare", json={"posts": 40, "words": ["alpha", "beta"]})
        double.control("POST", "rate", json={"posts_per_second": 400})
        stream.wait(20)
        double.control("POST", "rate", json={"posts_per_second": 0})
        matched = [entry["rules"] for entry in double.ledger()["entries"]]
    assert {rule for found in matched for rule in found} == rules


@pytest.mark.parametrize("posts", [0, -1, 1_000_001, "ten", None])
def test_a_number_of_posts_that_cannot_be_prepared_gets_400(double: Double, posts: object) -> None:
    assert raw(double, "POST", "prepare", json={"posts": posts}).status_code == 400


def test_the_pace_can_be_set_and_is_kept(double: Double) -> None:
    double.control("POST", "rate", json={"posts_per_second": 200})
    assert double.control("GET", "rate") == {"posts_per_second": 200.0}
    start, began = double.control("GET", "")["written"], time.monotonic()
    wait_until(lambda: double.control("GET", "")["written"] >= start + 200, SECONDS, "200 posts")
    assert time.monotonic() - began > 0.7
    double.control("POST", "rate", json={"posts_per_second": 0})
    silent = double.control("GET", "")["written"]
    time.sleep(0.3)
    assert double.control("GET", "")["written"] <= silent + 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"posts_per_second": -1},
        {"posts_per_second": "x"},
        [],
        {"posts_per_second": 1e9},
        {"pps": 3},
    ],
)
def test_a_bad_pace_gets_400(double: Double, body: object) -> None:
    assert raw(double, "POST", "rate", json=body).status_code == 400


def test_settings_can_be_read_and_changed_in_part(double: Double) -> None:
    before = double.control("GET", "settings")
    changed = double.control("POST", "settings", json={"keep_alive": 3, "limits": {"me": 5}})
    assert changed == before | {"keep_alive": 3.0, "limits": before["limits"] | {"me": 5}}
    assert double.control("GET", "settings") == changed


@pytest.mark.parametrize(
    "body",
    [
        {"keep_alive": 0},
        {"nonsense": 1},
        {"limits": {"connect": 0}},
        {"limits": {"tea": 5}},
        {"limits": 5},
        {"when_full": "explode"},
        [],
        {"keep_alive": 3, "gzip": "yes"},
    ],
)
def test_a_bad_setting_is_named_and_changes_nothing(double: Double, body: object) -> None:
    before = double.control("GET", "settings")
    answer = raw(double, "POST", "settings", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert double.control("GET", "settings") == before


def test_a_reset_starts_afresh(app: App, double: Double) -> None:
    app.add("cat")
    with app.stream() as stream:
        double.post({"text": "cat"})
        stream.wait(1)
        double.control("POST", "reset")
        stream.wait_end()
    assert app.rules() == []
    state = double.control("GET", "")
    assert (state["corpus"], state["ledger"]) == (0, 0)


def test_the_rules_of_all_apps_are_shown(app: App, double: Double) -> None:
    app.add("cat")
    assert double.control("GET", "rules")["apps"][app.key] == app.rules()


def test_other_web_pages_and_host_names_are_turned_away(double: Double) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
    ):
        assert raw(double, "GET", "", headers=headers).status_code == 403
    own = {"Origin": double.base}
    assert raw(double, "GET", "", headers=own).ok
    assert raw(double, "GET", "", headers={"Host": f"localhost:{double.port}"}).ok


def test_a_control_token_is_needed_when_one_is_set(start: Callable[..., Double]) -> None:
    double = start("--control-token", "hush")
    for headers in ({}, {"Authorization": "Bearer hus"}, {"Authorization": "hush2"}):
        assert raw(double, "GET", "", headers=headers).status_code == 401
    shown = {"Authorization": "Bearer hush", "Host": "simulator.example"}
    assert raw(double, "GET", "", headers=shown).ok


def test_unknown_control_addresses_answer_404_in_json(double: Double) -> None:
    answer = raw(double, "GET", "nothing")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not found"


def test_ten_thousand_posts_at_once_all_arrive(app: App, double: Double) -> None:
    app.add("cat")
    line = msgspec.json.encode({"data": {"text": "cat"}}) + b"\n"
    with app.stream() as stream:
        answer = raw(double, "POST", "posts", data=line * 10_000).json()
        assert answer["delivered"] == 10_000
        wait_until(lambda: stream.raw.count(b"\r\n") == 10_000, 30, "all posts")
        assert stream.ids == answer["ids"]
