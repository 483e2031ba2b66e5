"""The filtered stream: admission, fields, matching, keep-alives, limits."""

import time
from typing import Any

import pytest
import requests

from tests.rig.waiting import wait_until
from tests.simulator.double import SECONDS, App, Double, Stream

PATH = "/2/tweets/search/stream"
MADRID = {
    "id": "m1",
    "name": "Madrid",
    "full_name": "Madrid, Spain",
    "country": "Spain",
    "country_code": "ES",
    "place_type": "city",
    "geo": {"type": "Feature", "bbox": [-3.8, 40.35, -3.6, 40.6], "properties": {}},
}
RICH: dict[str, Any] = {
    "data": {
        "id": "1990000000000000001",
        "text": "Rain over Madrid",
        "author_id": "42",
        "created_at": "2026-11-22T04:00:01.000Z",
        "lang": "en",
        "geo": {"place_id": "m1"},
        "in_reply_to_user_id": None,
        "source": "old",
    },
    "includes": {
        "users": [{"id": "42", "name": "Demo", "username": "demo", "location": "Madrid"}],
        "places": [MADRID],
    },
}


def test_a_post_that_matches_arrives_with_its_rules(app: App, double: Double) -> None:
    added = app.add(("cat", "cats"), "black cat", ("dog", "dogs"))["data"]
    with app.stream() as stream:
        answer = double.post({"text": "a black cat"}, {"text": "a bird"}, {"text": "a dog"})
        assert answer["posts"] == 3
        assert answer["matched"] == 2
        assert answer["delivered"] == 2
        first, second = stream.wait(2)
        assert first["matching_rules"] == [
            {"id": added[0]["id"], "tag": "cats"},
            {"id": added[1]["id"], "tag": ""},
        ]
        assert second["data"]["text"] == "a dog"
        assert stream.raw.endswith(b"}\r\n")


def test_without_fields_only_the_default_ones_come(app: App, double: Double) -> None:
    app.add("rain")
    with app.stream() as stream:
        double.post(RICH)
        assert stream.wait(1)[0] == {
            "data": {
                "id": "1990000000000000001",
                "text": "Rain over Madrid",
                "edit_history_tweet_ids": ["1990000000000000001"],
            },
            "matching_rules": [{"id": app.rules()[0]["id"], "tag": ""}],
        }


def test_fields_and_expansions_bring_exactly_what_was_asked(app: App, double: Double) -> None:
    app.add("rain")
    query = {
        "tweet_fields": "created_at,in_reply_to_user_id,source",
        "expansions": "author_id,geo.place_id",
        "user_fields": "location",
        "place_fields": "country_code,geo",
    }
    with app.stream(**query) as stream:
        double.post(RICH)
        found = stream.wait(1)[0]
    assert found["data"] == {
        "id": "1990000000000000001",
        "text": "Rain over Madrid",
        "author_id": "42",
        "edit_history_tweet_ids": ["1990000000000000001"],
        "source": "old",
        "created_at": "2026-11-22T04:00:01.000Z",
        "geo": {"place_id": "m1"},
    }
    assert found["includes"] == {
        "users": [{"id": "42", "name": "Demo", "username": "demo", "location": "Madrid"}],
        "places": [
            {"id": "m1", "full_name": "Madrid, Spain", "country_code": "ES", "geo": MADRID["geo"]}
        ],
    }


def test_the_whole_text_of_a_retweet_comes_by_expansion(app: App, double: Double) -> None:
    app.add("zyzzyva")
    retweet = {
        "data": {
            "text": "RT @demo: a long…",
            "author_id": "43",
            "referenced_tweets": [{"type": "retweeted", "id": "7"}],
        },
        "includes": {
            "tweets": [{"id": "7", "text": "a long text with zyzzyva", "author_id": "42"}],
            "users": RICH["includes"]["users"],
        },
    }
    with app.stream(expansions="referenced_tweets.id,referenced_tweets.id.author_id") as stream:
        double.post(retweet)
        found = stream.wait(1)[0]
    assert found["includes"]["tweets"][0]["text"] == "a long text with zyzzyva"
    assert found["includes"]["users"][0]["username"] == "demo"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"tweet_fields": "created_at,nonsense"}, "nonsense"),
        ({"expansions": "author"}, "author"),
        ({"user_fields": "text"}, "text"),
        ({"place_fields": "bbox"}, "bbox"),
        ({"backfill_minutes": "2"}, "access level"),
        ({"start_time": "2026-11-22T04:00:00Z"}, "access level"),
    ],
)
def test_a_bad_parameter_is_refused_with_400_that_names_it(
    app: App, query: dict[str, str], named: str
) -> None:
    app.add("cat")
    stream = app.stream(**query)
    assert stream.status == 400
    assert named in stream.answer.json()["errors"][0]["message"]


def test_a_stream_without_rules_is_refused_with_409(app: App) -> None:
    stream = app.stream()
    assert stream.status == 409
    assert stream.answer.json()["connection_issue"] == "RuleConfigurationIssue"


def test_a_stream_without_a_token_is_refused_with_401(double: Double) -> None:
    assert requests.get(double.base + PATH, timeout=SECONDS).status_code == 401


def test_a_second_stream_of_an_app_is_refused_while_another_app_may_stream(
    app: App, double: Double
) -> None:
    app.add("cat")
    other = double.app()
    other.add("cat")
    with app.stream() as first, other.stream():
        second = app.stream()
        assert second.status == 429
        assert second.answer.json()["connection_issue"] == "TooManyConnections"
        assert second.answer.headers["x-rate-limit-remaining"] == "48"
        double.post({"text": "cat"})
        first.wait(1)


def test_the_slot_is_free_as_soon_as_the_client_is_gone(app: App) -> None:
    app.add("cat")
    for _ in range(3):
        with app.stream() as stream:
            assert stream.status == 200
        wait_until(lambda: app.connections()[-1]["disconnected_at"], SECONDS, "the slot to be free")
    assert app.connections()[-1]["reason"] == "closed by client"


def test_a_second_stream_replaces_the_first_when_so_set(app: App, double: Double) -> None:
    double.set(second_connection="replace")
    app.add("cat")
    with app.stream() as first, app.stream() as second:
        first.wait_end()
        assert first.error is None
        double.post({"text": "cat"})
        second.wait(1)


def test_more_connections_may_be_allowed(app: App, double: Double) -> None:
    double.set(connections_per_app=2)
    app.add("cat")
    with app.stream() as first, app.stream() as second:
        assert app.stream().status == 429
        double.post({"text": "cat"})
        assert first.wait(1) == second.wait(1)


def test_the_connect_past_the_limit_is_refused_with_rate_headers(app: App, double: Double) -> None:
    double.set(limits={"connect": 2})
    for _ in range(2):
        assert app.stream().status == 409
    third = app.stream()
    assert third.status == 429
    assert third.answer.json()["title"] == "Too Many Requests"
    assert third.answer.headers["x-rate-limit-remaining"] == "0"
    assert float(third.answer.headers["x-rate-limit-reset"]) > time.time() + 800


def test_a_stream_carries_the_rate_headers_and_they_come_before_any_post(app: App) -> None:
    app.add("cat")
    with app.stream() as stream:
        assert stream.answer.headers["x-rate-limit-limit"] == "50"
        assert stream.answer.headers["x-rate-limit-remaining"] == "49"
        assert stream.raw == b""


def test_keep_alives_come_in_silence_only(app: App, double: Double) -> None:
    double.set(keep_alive=0.2)
    app.add("cat")
    with app.stream() as stream:
        wait_until(lambda: stream.raw.count(b"\r\n") >= 3, SECONDS, "keep-alives")
        assert set(stream.chunks) == {b"\r\n"}
        double.post({"text": "cat"})
        stream.wait(1)


def test_rules_changed_while_streaming_work_without_a_reconnect(app: App, double: Double) -> None:
    app.add("cat")
    with app.stream() as stream:
        dog = app.add("dog")["data"][0]["id"]
        double.post({"text": "dog", "id": "1"})
        stream.wait(1)
        app.call("POST", PATH + "/rules", json={"delete": {"ids": [dog]}})
        double.post({"text": "dog", "id": "2"}, {"text": "cat", "id": "3"})
        stream.wait(2)
        assert stream.ids == ["1", "3"]


def test_a_rule_takes_effect_after_the_set_delay(app: App, double: Double) -> None:
    app.add("cat")
    double.set(rule_delay=0.5)
    with app.stream() as stream:
        app.add("dog")
        assert double.post({"text": "dog"})["matched"] == 0
        wait_until(lambda: double.post({"text": "dog"})["matched"], SECONDS, "the rule to work")
        stream.wait(1)


def test_posts_above_the_cap_are_left_out_and_counted(app: App, double: Double) -> None:
    double.set(posts_per_second_cap=5)
    app.add("cat")
    with app.stream() as stream:
        answer = double.post(*({"text": "cat"} for _ in range(50)))
        assert answer["matched"] == 50
        assert 5 <= answer["delivered"] <= 10
        stream.wait(answer["delivered"])
        assert app.connections()[-1]["over_cap"] == 50 - answer["delivered"]


def test_a_stream_can_be_compressed_post_by_post(app: App, double: Double) -> None:
    double.set(gzip=True)
    app.add("cat")
    with app.stream() as stream:
        assert stream.answer.headers["Content-Encoding"] == "gzip"
        double.post({"text": "cat one"})
        stream.wait(1)
        double.post({"text": "cat two"})
        assert stream.wait(2)[1]["data"]["text"] == "cat two"


def test_the_connections_endpoint_lists_and_frees(app: App) -> None:
    app.add("cat")
    with app.stream() as stream:
        listed = app.call("GET", "/2/connections").json()["data"]
        assert [c["endpoint_name"] for c in listed] == ["filtered_stream"]
        body = {"uuids": [listed[0]["id"], "unknown"]}
        cut = app.call("DELETE", "/2/connections", json=body).json()["data"]
        assert (cut["successful_kills"], cut["failed_kills"]) == (1, 1)
        stream.wait_end()
    with app.stream() as stream:
        assert app.call("DELETE", "/2/connections/filtered_stream").ok
        with app.stream():
            stream.wait_end()
    past = app.call("GET", "/2/connections", params={"status": "inactive"}).json()["data"]
    assert [c["disconnect_reason"] for c in past][:2] == ["deleted by client"] * 2
    assert app.call("DELETE", "/2/connections/sample_stream").status_code == 400
    assert app.call("DELETE", "/2/connections/all").ok


def test_enterprise_streams_are_refused_to_everyone_else(app: App) -> None:
    for path in ("/2/tweets/sample/stream", "/2/tweets/compliance/stream"):
        answer = app.call("GET", path)
        assert answer.status_code == 403
        assert answer.json()["reason"] == "client-not-enrolled"


def test_enterprise_may_backfill_and_replay(app: App, double: Double) -> None:
    double.set(enterprise=True)
    app.add("cat")
    double.post({"text": "cat one", "id": "101"}, {"text": "dog"}, {"text": "cat two", "id": "102"})
    with app.stream(backfill_minutes="1") as stream:
        stream.wait(2)
        double.post({"text": "cat three", "id": "103"})
        stream.wait(3)
        assert stream.ids == ["101", "102", "103"]
    wait_until(lambda: app.connections()[-1]["disconnected_at"], SECONDS, "the slot to be free")
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    with app.stream(start_time=start, end_time=end) as replay:
        replay.wait_end()
        assert replay.ids == ["101", "102", "103"]
    for bad in ({"backfill_minutes": "6"}, {"start_time": "yesterday"}, {"start_time": end}):
        assert app.stream(**bad).status == 400


def test_a_reader_that_stops_is_cut_and_costs_nobody_else(app: App, double: Double) -> None:
    double.set(send_buffer=500_000)
    app.add("cat")
    other = double.app()
    other.add("cat")
    slow = app.call("GET", PATH, stream=True)
    body = "cat " + "x" * 2_000
    with other.stream() as stream:
        sent = 0
        while not app.connections()[-1]["disconnected_at"]:
            assert double.post(*({"text": body} for _ in range(500)))["posts"] == 500
            sent += 500
            stream.wait(sent)
            assert sent < 30_000
    assert app.connections()[-1]["reason"] == "slow reader"
    slow.close()


def test_a_stream_that_nobody_reads_can_be_cut(app: App, double: Double) -> None:
    app.add("cat")
    unread = app.call("GET", PATH, stream=True)
    body = "cat " + "x" * 20_000
    while app.connections()[-1]["buffered_bytes"] < 1_000_000:
        double.post(*({"text": body} for _ in range(100)))
    assert app.call("DELETE", "/2/connections/all").ok
    with app.stream():
        wait_until(lambda: app.connections()[0]["disconnected_at"], SECONDS, "the end")
    unread.close()


def test_a_slow_reader_is_told_so_when_so_set(app: App, double: Double) -> None:
    double.set(send_buffer=2_000, when_full="cut_with_message")
    app.add("cat")
    with app.stream() as stream:
        double.post(*({"text": "cat " + "x" * 900} for _ in range(100)))
        stream.wait_end()
        assert stream.posts[-1]["errors"][0]["disconnect_type"] == "SlowReader"


def test_head_opens_no_stream(app: App) -> None:
    app.add("cat")
    assert app.call("HEAD", PATH).status_code == 405
    assert app.connections() == []


def test_unknown_addresses_and_methods_answer_in_x_s_shape(app: App) -> None:
    missing = app.call("GET", "/2/nothing/here")
    assert missing.status_code == 404
    assert missing.json()["title"] == "Not Found"
    assert app.call("PUT", PATH).status_code == 405


def test_reading_is_billed_once_a_post(app: App, double: Double) -> None:
    app.add("cat")
    with app.stream() as stream:
        double.post({"text": "cat", "id": "5"}, {"text": "cat", "id": "6"})
        double.post({"text": "cat again", "id": "5"})
        stream.wait(3)
    usage = app.call("GET", "/2/usage/tweets").json()["data"]
    assert usage["project_usage"] == "2"
    assert usage["project_cap"] == "3000000"
    assert usage["daily_client_app_usage"][0]["usage"][0]["usage"] == "2"
    empty = app.call("GET", "/2/usage/credits")
    assert (empty.status_code, empty.content) == (404, b"")


@pytest.mark.parametrize(
    ("settings", "status", "title"),
    [
        ({"balance": 0.005}, 402, "CreditsDepleted"),
        ({"spend_limit": 0.005}, 403, "SpendCapReached"),
        ({"monthly_cap": 1}, 429, "UsageCapExceeded"),
    ],
)
def test_an_account_at_its_limit_may_not_read_on(
    app: App, double: Double, settings: dict[str, float], status: int, title: str
) -> None:
    app.add("cat")
    with app.stream() as stream:
        double.post({"text": "cat"})
        stream.wait(1)
    wait_until(lambda: app.connections()[-1]["disconnected_at"], SECONDS, "the slot to be free")
    double.set(**settings)
    refused: Stream = app.stream()
    assert refused.status == status
    assert refused.answer.json()["title"] == title
