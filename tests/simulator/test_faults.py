"""Each fault does what it says, and no longer than it says."""

import time

import pytest
import requests

from tests.rig.waiting import wait_until
from tests.simulator.double import SECONDS, App, Double, Stream


@pytest.fixture
def stream(app: App) -> Stream:
    app.add("cat")
    opened = app.stream()
    assert opened.status == 200
    return opened


def free(app: App) -> None:
    wait_until(lambda: app.connections()[-1]["disconnected_at"], SECONDS, "the slot to be free")


def test_close_ends_a_stream_cleanly_and_the_next_one_stays(
    stream: Stream, app: App, double: Double
) -> None:
    double.fault("close")
    stream.wait_end()
    assert stream.error is None
    free(app)
    with app.stream() as again:
        double.post({"text": "cat"})
        again.wait(1)


def test_close_may_strike_the_following_connections_too(
    stream: Stream, app: App, double: Double
) -> None:
    double.fault("close", count=3)
    stream.wait_end()
    for _ in range(2):
        free(app)
        app.stream().wait_end()
    free(app)
    with app.stream() as fourth:
        double.post({"text": "cat"})
        fourth.wait(1)


def test_reset_mid_line_tears_the_next_post(stream: Stream, app: App, double: Double) -> None:
    double.post({"text": "cat", "id": "1"})
    stream.wait(1)
    double.fault("reset_mid_line")
    double.post({"text": "cat", "id": "2"})
    stream.wait_end()
    assert stream.error is not None
    assert stream.ids == ["1"]
    assert stream.raw.split(b"\r\n")[-1].startswith(b'{"data":{"id":"2"')
    free(app)
    assert app.connections()[-1]["torn"] == ["2"]
    assert app.connections()[-1]["delivered"] == 1


def test_http_503_refuses_so_many_connects(app: App, double: Double) -> None:
    app.add("cat")
    double.fault("http_503", count=2)
    assert [app.stream().status for _ in range(2)] == [503, 503]
    with app.stream() as stream:
        assert stream.status == 200


def test_any_request_can_be_refused_with_any_status(app: App, double: Double) -> None:
    double.fault("http_503", status=500, path="/2/tweets/search/stream/rules")
    assert app.call("GET", "/2/tweets/search/stream/rules").status_code == 500
    assert app.rules() == []
    double.fault("http_503", path="*")
    assert requests.post(double.base + "/oauth2/token", timeout=SECONDS).status_code == 503


def test_a_stall_is_silent_until_its_seconds_end(stream: Stream, app: App, double: Double) -> None:
    double.set(keep_alive=0.1)
    double.fault("stall", seconds=0.8)
    seen = len(stream.raw)
    double.post({"text": "cat", "id": "1"})
    time.sleep(0.5)
    assert len(stream.raw) <= seen + 2
    wait_until(lambda: len(stream.raw) > seen + 4, SECONDS, "keep-alives after the stall")
    double.post({"text": "cat", "id": "2"})
    stream.wait(1)
    assert stream.ids == ["2"]
    assert app.connections()[-1]["withheld"] == 1
    stream.close()


def test_a_stall_waits_for_a_connection_and_ends_on_clearing(app: App, double: Double) -> None:
    double.set(keep_alive=0.1)
    double.fault("stall")
    app.add("cat")
    with app.stream() as stream:
        time.sleep(0.5)
        assert stream.raw == b""
        assert double.control("DELETE", "faults") == {"faults": []}
        wait_until(lambda: stream.raw, SECONDS, "keep-alives")


def test_keepalives_only_keeps_the_posts_back(stream: Stream, double: Double) -> None:
    double.set(keep_alive=0.1)
    double.fault("keepalives_only")
    double.post({"text": "cat"})
    wait_until(lambda: stream.raw.count(b"\r\n") > 3, SECONDS, "keep-alives")
    assert stream.lines == []
    stream.close()


def test_an_operational_disconnect_says_so_and_closes_later(stream: Stream, double: Double) -> None:
    double.fault("operational_disconnect", after=0.4)
    error = stream.wait(1)[0]["errors"][0]
    assert error["title"] == "operational-disconnect"
    assert error["disconnect_type"] == "UpstreamOperationalDisconnect"
    assert not stream.ended
    double.post({"text": "cat"})
    stream.wait(2)
    stream.wait_end()
    assert stream.error is None


def test_duplicates_come_twice(stream: Stream, double: Double) -> None:
    double.fault("duplicates", count=2)
    double.post(*({"text": "cat", "id": str(n)} for n in (1, 2, 3)))
    stream.wait(5)
    assert stream.ids == ["1", "1", "2", "2", "3"]
    stream.close()


def test_out_of_order_turns_so_many_posts_round(stream: Stream, double: Double) -> None:
    double.fault("out_of_order", count=3)
    double.post(*({"text": "cat", "id": str(n)} for n in (1, 2, 3, 4)))
    stream.wait(4)
    assert stream.ids == ["3", "2", "1", "4"]
    stream.close()


def test_clearing_lets_go_of_what_is_held_back(stream: Stream, double: Double) -> None:
    double.fault("out_of_order", count=5)
    double.post({"text": "cat", "id": "1"}, {"text": "cat", "id": "2"})
    double.control("DELETE", "faults")
    stream.wait(2)
    assert stream.ids == ["2", "1"]
    stream.close()


def test_an_edit_comes_under_a_new_id_with_its_history(stream: Stream, double: Double) -> None:
    double.fault("edit_chain")
    double.post({"text": "cat", "id": "1"})
    first, second = (post["data"] for post in stream.wait(2))
    assert first["edit_history_tweet_ids"] == ["1"]
    assert second["edit_history_tweet_ids"] == ["1", second["id"]]
    assert second["text"] == "cat (edited)"
    stream.close()


def test_strange_lines_come_through_as_they_are(stream: Stream, double: Double) -> None:
    double.fault("unknown_message")
    double.fault("garbage_line", count=2)
    double.fault("bad_utf8")
    double.fault("garbage_line", line="<html>")
    wait_until(lambda: len(stream.lines) == 5, SECONDS, "five lines")
    assert stream.lines[0] == b'{"notice":{"level":1}}'
    assert stream.lines[1] == stream.lines[2] == b'{"data":{"id":"1","te'
    assert b"\xff" in stream.lines[3]
    assert stream.lines[4] == b"<html>"
    double.post({"text": "cat"})
    wait_until(lambda: len(stream.lines) == 6, SECONDS, "a post after them")
    stream.close()


def test_a_skewed_clock_shows_in_created_at(app: App, double: Double) -> None:
    app.add("cat")
    with app.stream(tweet_fields="created_at") as stream:
        double.fault("clock_skew", seconds=-3600)
        double.post({"text": "cat", "created_at": "2026-11-22T04:00:01.000Z"})
        assert stream.wait(1)[0]["data"]["created_at"] == "2026-11-22T03:00:01.000Z"


def test_tags_can_be_left_out(app: App, double: Double) -> None:
    app.add("cat", ("black", "b"))
    with app.stream() as stream:
        double.fault("omit_tag")
        double.post({"text": "black cat"})
        untagged, tagged = stream.wait(1)[0]["matching_rules"]
        assert "tag" not in untagged
        assert tagged["tag"] == "b"
        double.fault("omit_tag", all=True)
        double.control("DELETE", "faults")
        double.fault("omit_tag", all=True)
        double.post({"text": "black cat"})
        assert all("tag" not in rule for rule in stream.wait(2)[1]["matching_rules"])
        double.control("DELETE", "faults")
        double.post({"text": "black cat"})
        assert stream.wait(3)[2]["matching_rules"][0]["tag"] == ""


def test_a_ghost_keeps_the_slot_for_its_seconds(app: App, double: Double) -> None:
    app.add("cat")
    double.fault("ghost", seconds=0.7)
    app.stream().close()
    free(app)
    assert app.stream().status == 429
    wait_until(lambda: app.stream().status == 200, SECONDS, "the ghost to go")


def test_deleting_the_connections_lays_the_ghost(app: App, double: Double) -> None:
    app.add("cat")
    double.fault("ghost", seconds=60)
    app.stream().close()
    free(app)
    assert app.stream().status == 429
    assert app.call("DELETE", "/2/connections/filtered_stream").ok
    with app.stream() as stream:
        assert stream.status == 200


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [
        ("credits_depleted", 402, "CreditsDepleted"),
        ("spend_cap", 403, "SpendCapReached"),
        ("usage_cap", 429, "UsageCapExceeded"),
    ],
)
def test_money_faults_cut_the_stream_and_refuse_the_next(
    stream: Stream, app: App, double: Double, kind: str, status: int, title: str
) -> None:
    double.fault(kind)
    stream.wait_end()
    refused = app.stream()
    assert refused.status == status
    assert refused.answer.json()["title"] == title
    search = app.call("GET", "/2/tweets/search/recent", params={"query": "cat"})
    assert search.status_code == status
    double.control("DELETE", "faults")
    with app.stream() as again:
        assert again.status == 200


def test_a_fault_with_seconds_ends_by_itself(app: App, double: Double) -> None:
    app.add("cat")
    double.fault("usage_cap", seconds=0.3)
    assert app.stream().status == 429
    wait_until(lambda: app.stream().status == 200, SECONDS, "the fault to end")
    assert double.control("GET", "faults") == {"faults": []}


def test_lines_and_line_ends_can_be_split_over_chunks(stream: Stream, double: Double) -> None:
    double.fault("split_lines")
    double.post({"text": "cat"})
    stream.wait(1)
    assert len(stream.chunks) == 2
    double.control("DELETE", "faults")
    double.fault("split_crlf")
    double.post({"text": "cat"})
    stream.wait(2)
    assert stream.chunks[-1] == b"\n"
    stream.close()


def test_a_burst_multiplies_the_pace(double: Double) -> None:
    double.control("POST", "rate", json={"posts_per_second": 20})
    double.fault("burst", factor=50, seconds=30)
    before = double.control("GET", "")["written"]
    wait_until(
        lambda: double.control("GET", "")["written"] > before + 300,
        8,
        "more than 40 posts a second",
    )


def test_faults_are_listed_and_one_can_be_ended(double: Double) -> None:
    first = double.fault("ghost", seconds=3)
    second = double.fault("duplicates", count=7)
    assert second["left"] == 7
    assert double.control("GET", "faults")["faults"] == [first, second]
    left = double.control("DELETE", f"faults/{first['id']}")["faults"]
    assert left == [second]
    gone = requests.delete(f"{double.base}/_control/faults/{first['id']}", timeout=SECONDS)
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"fault": "nonsense"},
        {"fault": 5},
        {"fault": "close", "count": 0},
        [],
        {"fault": "close", "colour": "red"},
        {"fault": "burst", "factor": -1},
        "close",
    ],
)
def test_a_bad_order_is_refused_with_400(double: Double, order: object) -> None:
    answer = requests.post(f"{double.base}/_control/faults", json=order, timeout=SECONDS)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert double.control("GET", "faults") == {"faults": []}
