"""The double of a Mastodon instance, as the platform's own client sees it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from mastodon import StreamListener
from mastodon.errors import MastodonRatelimitError, MastodonUnauthorizedError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.rig.waiting import wait_until
from tests.simulator.double import SECONDS
from tests.simulator.instance import TOKEN, Instance


@pytest.fixture(scope="module")
def running_instance() -> Iterator[Instance]:
    instance = Instance("--token", TOKEN, "--set", "heartbeat=0.1", "--set", "ping=0.1")
    yield instance
    assert instance.stop() == 0
    assert instance.complaints == ""


@pytest.fixture
def instance(running_instance: Instance) -> Iterator[Instance]:
    yield running_instance
    running_instance.control("POST", "reset")
    running_instance.set(requests_per_window=300)


class Heard(StreamListener):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.beats = 0

    def on_any_event(self, name: str, data: Any = None, for_stream: str | None = None) -> None:
        shown = data if isinstance(data, str | int) else (str(data["id"]), data["content"])
        self.events.append((name, shown))

    def handle_heartbeat(self) -> None:
        self.beats += 1

    def on_abort(self, err: Exception) -> None:
        pass


def test_server_events_carry_statuses_edits_deletions_and_heartbeats(instance: Instance) -> None:
    heard = Heard()
    handle = instance.client().stream_public(heard, run_async=True)
    try:
        wait_until(lambda: instance.following() == [["public"]], SECONDS, "the stream")
        (post_id,) = instance.deliver("rain #madrid")
        instance.control("POST", "edits", json={"id": post_id, "text": "hail"})
        instance.control("POST", "deletions", json={"ids": [post_id]})
        wait_until(lambda: len(heard.events) == 3, SECONDS, "three events")
        wait_until(lambda: heard.beats > 2, SECONDS, "heartbeats")
    finally:
        handle.close()
    tag = '<a href="https://social.example/tags/madrid" class="mention hashtag" rel="tag">'
    assert heard.events[0][1][1] == f"<p>rain {tag}#<span>madrid</span></a></p>"
    assert heard.events[1:] == [("status.update", (post_id, "<p>hail</p>")), ("delete", post_id)]


def test_one_websocket_carries_many_channels(instance: Instance) -> None:
    heard = Heard()
    with instance.client().stream_open_websocket(heard) as handle:  # type: ignore[no-untyped-call]
        handle.subscribe("public:local")
        handle.subscribe("hashtag", tag="Madrid")
        wait_until(
            lambda: instance.following() == [["hashtag:madrid", "public:local"]], SECONDS, "both"
        )
        away = {"acct": "bob@elsewhere.example", "username": "bob"}
        ids = [
            *instance.deliver("here"),
            *instance.deliver("there #madrid", account=away),
            *instance.deliver("neither", account=away),
            *instance.deliver("a reply", in_reply_to_id="1", in_reply_to_account_id="99"),
            *instance.deliver("not for all", visibility="unlisted"),
        ]
        wait_until(lambda: len(heard.events) == 2, SECONDS, "two events")
        handle.unsubscribe("public:local")
        wait_until(lambda: instance.following() == [["hashtag:madrid"]], SECONDS, "one channel")
    assert [event[1][0] for event in heard.events] == ids[:2]
    entries = instance.ledger()["entries"]
    assert [(e["id"], e["tags"]) for e in entries] == [
        (ids[0], ["public:local"]),
        (ids[1], ["hashtag:madrid"]),
    ]


def test_a_channel_that_is_not_there_is_refused(instance: Instance) -> None:
    address = instance.base.replace("http", "ws") + "/api/v1/streaming?stream=public"
    with connect(address, additional_headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        wait_until(lambda: instance.following() == [["public"]], SECONDS, "the stream")
        client.send('{"type":"subscribe","stream":"nonsense"}')
        assert client.recv(SECONDS) == '{"error":"Unknown channel requested","status":400}'


def test_timelines_are_paged_by_since_min_and_max_id(instance: Instance) -> None:
    client = instance.client()
    ids = instance.deliver(*(f"post {number}" for number in range(6)))
    found = client.timeline_public(since_id=ids[0], limit=2)
    assert [str(each.id) for each in found] == [ids[5], ids[4]]
    found = client.timeline_public(min_id=ids[0], limit=2)
    assert [str(each.id) for each in found] == [ids[2], ids[1]]
    found = client.timeline_public(max_id=ids[2], limit=40)
    assert [str(each.id) for each in found] == [ids[1], ids[0]]
    (late,) = instance.deliver("late", created_at="2026-01-01T00:00:00.000Z")
    assert int(late) < int(ids[0])


def test_a_bad_token_is_refused_on_every_way(instance: Instance) -> None:
    with pytest.raises(MastodonUnauthorizedError):
        instance.client("other").timeline_public()
    for headers in ({}, {"Authorization": "Bearer other"}):
        path = f"{instance.base}/api/v1/streaming/public"
        assert requests.get(path, headers=headers, timeout=SECONDS).status_code == 401
        with pytest.raises(InvalidStatus):
            connect(
                instance.base.replace("http", "ws") + "/api/v1/streaming",
                additional_headers=headers,
            )


def test_requests_past_the_limit_are_refused_with_the_time_of_the_next(instance: Instance) -> None:
    instance.set(requests_per_window=2)
    client = instance.client()
    client.timeline_public()  # asks what the instance offers, too
    with pytest.raises(MastodonRatelimitError):
        client.timeline_public()
    assert (client.ratelimit_limit, client.ratelimit_remaining) == (2, 0)
    assert client.ratelimit_reset is not None


def test_faults_close_and_refuse(instance: Instance) -> None:
    instance.fault("http_503", status=503, count=1)
    path = f"{instance.base}/api/v1/timelines/public"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert requests.get(path, headers=headers, timeout=SECONDS).status_code == 503
    assert requests.get(path, headers=headers, timeout=SECONDS).status_code == 200
    address = instance.base.replace("http", "ws") + "/api/v1/streaming?stream=public"
    with connect(address, additional_headers=headers) as client:
        wait_until(lambda: instance.following() == [["public"]], SECONDS, "the stream")
        instance.fault("close")
        assert list(client) == []
    bad = requests.post(
        f"{instance.base}/_control/faults", json={"fault": "ghost"}, timeout=SECONDS
    )
    assert bad.status_code == 400


def test_the_control_api_says_what_is_wrong_and_delivers_nothing(instance: Instance) -> None:
    for line in ("[]", "{", '{"id": "x"}', '{"text": 5}', '{"created_at": "soon"}'):
        answer = requests.post(f"{instance.base}/_control/posts", data=line, timeout=SECONDS)
        assert answer.status_code == 400, line
        assert answer.json()["error"]["message"].startswith("line 1 is not a status"), line
    assert instance.ledger()["total"] == 0
    other = {"Origin": "https://evil.example"}
    path = f"{instance.base}/_control/reset"
    assert requests.post(path, headers=other, timeout=SECONDS).status_code == 403
