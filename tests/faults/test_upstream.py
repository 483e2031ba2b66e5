"""What X may do to a connection: the stream goes on, or says why not."""

import time
from collections.abc import Callable

import pytest

from streams.names import slot_path
from tests.end_to_end.test_streams import running
from tests.faults.test_restarts import flows
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from workers.sources.x.connect_log import ConnectLog

SECONDS = 30.0
SignIn = Callable[[str], Person]


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("close", {}),
        ("reset_mid_line", {}),
        ("operational_disconnect", {"after": 0.2}),
        ("garbage_line", {}),
        ("bad_utf8", {}),
        ("unknown_message", {}),
    ],
)
def test_a_fault_of_the_connection_is_overcome(
    fault: str, how: dict[str, object], person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    upstream.fault(fault, **how)
    strikes(upstream)
    flows(ada, stream_id, upstream)


def strikes(upstream: Upstream) -> None:
    """Wait until every ordered fault has happened as often as ordered."""
    wait_until(lambda: upstream.faults() == [], SECONDS, "the faults to strike")


def test_a_refused_reconnection_is_tried_again_and_counted_for_the_next_collector(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    begun = time.time()
    upstream.fault("http_503", count=1)
    upstream.fault("close")  # only a new connection meets the refusal
    strikes(upstream)
    flows(ada, stream_id, upstream)
    connects = ConnectLog(slot_path(quiet.data_dir, "x", ".connects")).ages()
    assert sum(age < time.time() - begun for age in connects) >= 2  # the refused one, too


def test_posts_without_text_or_with_unknown_fields_do_not_stop_the_others(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    viewer = ada.watch(stream_id)
    upstream.post("rain", new_field={"x": [1, {"y": None}]}, public_metrics="not an object")
    ids = upstream.post("more rain")
    wait_until(lambda: ids[0] in viewer.ids(), SECONDS, "the post")


def test_doubles_are_shown_once(person: SignIn, upstream: Upstream) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    viewer = ada.watch(stream_id)
    upstream.fault("duplicates", count=20)
    ids = upstream.post(*(f"rain {number}" for number in range(20)))
    strikes(upstream)
    last = upstream.post("the last rain")
    wait_until(lambda: last[0] in viewer.ids(), SECONDS, "the last post")
    assert sorted(viewer.ids()) == sorted(ids + last)


def test_an_account_without_credits_fails_with_the_reason_and_recovers_when_started_again(
    person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    upstream.fault("credits_depleted")
    upstream.fault("close")
    wait_until(lambda: ada.state(stream_id) == "failed", SECONDS, "the stream to fail")
    fault = ada.call("GET", f"/streams/{stream_id}")["status"]["fault"]
    assert fault["code"] == "credits_depleted"
    assert "credits" in fault["message"]
    upstream.heal()
    ada.call("POST", f"/streams/{stream_id}/stop")
    ada.call("POST", f"/streams/{stream_id}/start")
    running(ada, stream_id)
    flows(ada, stream_id, upstream)
