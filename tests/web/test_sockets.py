"""Subscribing: who may, what they get at once, and that nothing falls between."""

import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
import websocket

from streams.live import report
from streams.live.report import SlotReport, StreamReport
from streams.names import report_key
from tests.rig.waiting import wait_until
from tests.web.person import OldClient, Person
from tests.web.site import Site, post
from tests.web.viewing import Viewer, refusal

Connect = Callable[..., Viewer]


def subscribe(viewer: Viewer, stream: str, **more: Any) -> Any:
    return viewer.ask("subscribe", {"stream": stream, **more})


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
def test_a_viewer_gets_what_was_and_then_what_comes(
    site: Site, person: Person, connect: Connect, transports: tuple[str, ...]
) -> None:
    stream = person.stream(running=True)
    site.push(post(1), post(2, label="negative"), to=stream)
    viewer = connect(person, transports=transports)
    answer = subscribe(viewer, stream)
    assert [each["id"] for each in answer["posts"]] == ["1", "2"]
    assert (answer["stream"], answer["seq"], answer["missed"]) == (stream, 2, 0)
    assert answer["status"]["totals"]["posts"] == 2
    assert sum(second["negative"] for second in answer["series"]) == 1
    site.push(post(3, coords=(123.0, -75.0)), post(4), to=stream)
    viewer.wait_for_ids("3", "4")
    frame = viewer.frames[0]
    assert (frame["stream"], frame["seq"], frame["left_out"]) == (stream, 4, 0)
    assert frame["posts"][0]["coords"] == [123.0, -75.0]


def test_two_people_see_only_their_own(site: Site, connect: Connect) -> None:
    people = [Person(site), Person(site)]
    streams = [each.stream(running=True) for each in people]
    viewers = [connect(each) for each in people]
    for viewer, stream in zip(viewers, streams, strict=True):
        assert "error" not in subscribe(viewer, stream)
    assert subscribe(viewers[0], streams[1])["error"]["code"] == "no_such_stream"
    for number, stream in enumerate(streams):
        site.push(post(number), to=stream)
    site.push(post("both"), to=streams)
    viewers[0].wait_for_ids("0", "both")
    viewers[1].wait_for_ids("1", "both")


def test_a_viewer_who_comes_back_gets_what_they_missed(
    site: Site, person: Person, connect: Connect
) -> None:
    stream = person.stream(running=True)
    site.push(post(1), to=stream)
    seq = subscribe(connect(person), stream)["seq"]
    site.push(*(post(number) for number in range(2, 5)), to=stream)
    answer = subscribe(connect(person), stream, since=seq)
    assert [each["id"] for each in answer["posts"]] == ["2", "3", "4"]
    assert answer["missed"] == 0
    site.push(*(post(number) for number in range(5, 705)), to=stream)
    answer = subscribe(connect(person), stream, since=seq)
    assert (len(answer["posts"]), answer["missed"]) == (500, 203)
    assert answer["posts"][-1]["id"] == "704"


def test_nothing_falls_between_the_answer_and_the_first_frame(
    site: Site, person: Person, connect: Connect
) -> None:
    stream = person.stream(running=True)
    stop = threading.Event()
    sent: list[str] = []

    def relay() -> None:
        while not stop.is_set():
            sent.append(str(len(sent)))
            site.push(post(sent[-1]), to=stream)
            time.sleep(0.001)

    sender = threading.Thread(target=relay)
    sender.start()
    viewers = []
    for _ in range(8):
        viewer = connect(person)
        viewers.append((viewer, subscribe(viewer, stream, since=0)))
    stop.set()
    sender.join()
    for viewer, answer in viewers:
        first = [each["id"] for each in answer["posts"]]
        count = len(sent) - len(first) - answer["missed"]
        wait_until(partial(_has, viewer, count), 10, "all posts")
        assert [*sent[: answer["missed"]], *first, *viewer.ids] == sent
        assert all(frame["seq"] > answer["seq"] for frame in viewer.frames)


def test_subscribing_twice_sends_nothing_twice(
    site: Site, person: Person, connect: Connect
) -> None:
    stream = person.stream(running=True)
    viewer = connect(person)
    subscribe(viewer, stream)
    subscribe(viewer, stream)
    site.push(post(1), to=stream)
    site.push(post(2), to=stream)
    viewer.wait_for_ids("1", "2")


def test_who_unsubscribes_hears_no_more(site: Site, person: Person, connect: Connect) -> None:
    left, kept = person.stream(running=True), person.stream(running=True)
    viewer = connect(person)
    subscribe(viewer, left)
    subscribe(viewer, kept)
    assert viewer.ask("unsubscribe", {"stream": left}) == {"stream": left}
    site.push(post("left"), to=left)
    site.push(post("kept"), to=kept)
    viewer.wait_for_ids("kept")


def test_once_stop_is_answered_no_post_comes(site: Site, person: Person, connect: Connect) -> None:
    stream, other = person.stream(running=True), person.stream(running=True)
    viewer = connect(person)
    subscribe(viewer, stream)
    subscribe(viewer, other)
    person.call("POST", f"/streams/{stream}/stop")
    site.push(post("late"), to=stream)
    site.push(post("between"), to=other)
    viewer.wait_for_ids("between")  # frames come in order: "late" was refused before it
    person.call("POST", f"/streams/{stream}/start")
    site.push(post("new"), to=stream)
    viewer.wait_for_ids("between", "new")


def test_a_deleted_stream_leaves_its_viewers(site: Site, person: Person, connect: Connect) -> None:
    stream = person.stream(running=True)
    site.push(post(1), to=stream)
    viewer = connect(person)
    subscribe(viewer, stream)
    person.call("DELETE", f"/streams/{stream}")
    site.push(post("late"), to=stream)
    answer = subscribe(viewer, stream)
    assert answer["status"]["state"] == "archived"
    assert viewer.ids == []


@pytest.mark.parametrize(
    "asked",
    [
        (),
        (None,),
        (5,),
        ("stream",),
        ([],),
        ({},),
        ({"stream": None},),
        ({"stream": 5},),
        ({"stream": ["a"]},),
        ({"stream": "0" * 16, "since": "x"},),
        ({"stream": "0" * 16, "since": -1},),
        ({"stream": "0" * 16, "since": 1.5},),
        ({"stream": "0" * 16, "since": True},),
        ({"stream": "0" * 16, "since": 2**70},),
        ({"stream": "0" * 16, "room": "all"},),
        ({"stream": "0" * 16}, {"stream": "0" * 16}),
        ({"stream": "0" * 16},),
        ({"stream": "\0"},),
        ({"stream": "x" * 30_000},),
    ],
)
def test_what_cannot_be_subscribed_to_is_answered_with_an_error(
    person: Person, connect: Connect, asked: tuple[object, ...]
) -> None:
    viewer = connect(person)
    error = viewer.ask("subscribe", *asked)["error"]
    assert error["code"] in ("bad_request", "no_such_stream")
    assert error["message"]
    assert viewer.ask("unsubscribe", {"stream": "0" * 16}) == {"stream": "0" * 16}


@pytest.mark.parametrize("event", ["join", "posts", "message", "status", "disconnect"])
def test_other_events_are_refused(person: Person, connect: Connect, event: str) -> None:
    viewer = connect(person)
    if event == "disconnect":
        viewer.client.emit(event, {}, namespace="/stream")
    else:
        assert viewer.ask(event, {"room": "x"})["error"]["code"] == "unknown_event"
    assert "error" not in subscribe(viewer, person.stream())


def test_an_event_called_connect_changes_nobody(
    site: Site, person: Person, connect: Connect
) -> None:
    viewer, other = connect(person), Person(site)
    viewer.client.emit("connect", {"token": other.token}, namespace="/stream")
    assert subscribe(viewer, other.stream())["error"]["code"] == "no_such_stream"
    assert "error" not in subscribe(viewer, person.stream())


@pytest.mark.parametrize(
    "auth", [{"token": "wrong"}, {"token": ""}, {"token": 5}, "token", [1], {"token": "x" * 9000}]
)
def test_a_wrong_token_is_not_let_in(site: Site, auth: object) -> None:
    assert refusal(site, auth=auth)["data"]["code"] == "unauthorized"


def test_a_token_may_come_in_the_header(site: Site, person: Person) -> None:
    viewer = Viewer(site, headers={"Authorization": f"Bearer {person.token}"})
    assert "error" not in subscribe(viewer, person.stream())
    viewer.close()


def test_the_old_clients_cookies_open_our_own_protocol_too(site: Site, connect: Connect) -> None:
    client = OldClient(site)
    stream = client.start().json()["stream"]
    viewer = connect(client)
    assert "error" not in subscribe(viewer, stream)
    site.push(post(1), to=stream)
    viewer.wait_for_ids("1")
    viewer.wait_for_texts(1)


class Plain:
    """A websocket that may say anything."""

    def __init__(self, site: Site) -> None:
        address = site.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=10)
        self.opened = self.socket.recv()

    def __enter__(self) -> websocket.WebSocket:
        return self.socket

    def __exit__(self, *_error: object) -> None:
        self.socket.shutdown()  # type: ignore[no-untyped-call]


def test_only_our_namespace_is_open(site: Site, person: Person) -> None:
    with Plain(site) as plain:
        plain.send("40" + json.dumps({"token": person.token}))
        assert str(plain.recv()).startswith("44")


@pytest.mark.parametrize(
    "sent",
    ["", "x", "9", "4", "4x", "42", "42{", '42/stream,"a"', "42/stream,[]", "42/stream,[5]",
     "42/stream,[[]]", '451-/stream,["a",{"_placeholder":true,"num":0}]', "b4AAA=",
     "42/stream," + "[" * 60_000],
)  # fmt: skip
def test_what_is_no_packet_harms_nobody(
    site: Site, person: Person, connect: Connect, sent: str
) -> None:
    beside = connect(person)
    with Plain(site) as plain:
        plain.send("40/stream," + json.dumps({"token": person.token}))
        plain.recv()
        plain.send(sent)
        assert "error" not in subscribe(beside, person.stream())
    assert "Traceback" not in site.output()


def test_a_message_too_large_ends_the_socket(site: Site) -> None:
    with Plain(site) as plain:
        plain.send("4" + "x" * 100_000)
        assert wait_until(lambda: _is_over(plain), 10, "the end of the socket")
    posted = requests.post(
        site.url + "/socket.io/?EIO=4&transport=polling", data=b"x" * 200_000, timeout=10
    )
    assert posted.status_code == 400


def test_an_account_has_so_many_sockets_and_no_more(
    site: Site, person: Person, connect: Connect
) -> None:
    for _ in range(50):
        connect(person)
    assert refusal(site, auth={"token": person.token})["data"]["code"] == "too_many_sockets"


def test_viewers_are_told_when_the_state_changes(
    site: Site, person: Person, connect: Connect, request: pytest.FixtureRequest
) -> None:
    stream = person.stream()
    viewer = connect(person)
    assert subscribe(viewer, stream)["status"]["state"] == "stopped"
    person.call("POST", f"/streams/{stream}/start")

    def state() -> str:
        return str(viewer.statuses[-1]["state"]) if viewer.statuses else ""

    wait_until(lambda: state() == "starting", 10, "word of the start")
    now = int(time.time() * 1000)
    running = SlotReport(
        slot="x",
        owner="test",
        fence=1,
        at=now + 3_000,
        connection="connected",
        streams={stream: StreamReport(generation=1, posts=7, rate=3.5)},
        connected_at=now,
        lag_ms=12.5,
    )
    report.write(site.redis, running)
    request.addfinalizer(lambda: site.redis.delete(report_key("x")))
    wait_until(lambda: state() == "running", 10, "word that it runs")
    status = viewer.statuses[-1]
    assert (status["stream"], status["rate"], status["lag_ms"]) == (stream, 3.5, 12.5)
    assert set(status) >= {"totals", "gap", "fault", "note", "since"}
    site.push(post(1), to=stream)
    wait_until(lambda: viewer.statuses[-1]["totals"]["posts"] == 1, 10, "word of the total")
    person.call("POST", f"/streams/{stream}/stop")
    wait_until(lambda: state() == "stopping", 10, "word of the stop")


def _has(viewer: Viewer, count: int) -> bool:
    return len(viewer.ids) >= count


def _is_over(plain: websocket.WebSocket) -> bool:
    try:
        return plain.recv() == ""
    except (websocket.WebSocketException, OSError):
        return True
