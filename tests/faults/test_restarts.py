"""Every process can be stopped or killed while streams run; the streams go on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.test_streams import running
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SECONDS = 30.0
SignIn = Callable[[str], Person]


def flows(somebody: Person, stream_id: str, upstream: Upstream) -> None:
    """Wait until a fresh post reaches a fresh viewer."""
    viewer = somebody.watch(stream_id)
    sent: set[str] = set()

    def arrives() -> bool:
        sent.update(upstream.post("rain"))
        return not sent.isdisjoint(viewer.ids())

    wait_until(arrives, SECONDS, "a post to arrive")
    viewer.close()


@pytest.mark.parametrize("part", ["web", "tagger", "beat", "collector", "redis", "simulator"])
def test_a_restarted_part_is_missed_for_a_moment_only(
    part: str, quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    flows(ada, stream_id, upstream)
    quiet.restart(part)
    wait_until(lambda: ada.ask("GET", "/me").ok, SECONDS, "the web to answer")
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")
    flows(ada, stream_id, upstream)


def test_a_killed_collector_is_replaced_and_the_gap_is_written_down(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    flows(ada, stream_id, upstream)
    quiet.kill("collector")
    quiet.start("collector")
    wait_until(lambda: ada.state(stream_id) == "running", SECONDS, "the stream to run")
    flows(ada, stream_id, upstream)

    def ended() -> list[dict[str, Any]]:
        gaps = ada.call("GET", f"/streams/{stream_id}/gaps")["items"]
        return [gap for gap in gaps if gap["to"]]

    gap = wait_until(ended, SECONDS, "the gap to end")[-1]
    assert gap["reason"] == "collector_restarted"
    assert 0 < gap["to"] - gap["from"] < 60_000


def test_a_batch_of_a_killed_tagger_reaches_its_viewers_once(
    quiet: Weir, person: SignIn, upstream: Upstream
) -> None:
    ada = person("ada")
    stream_id = running(ada, ada.start(word="rain"))
    viewer = ada.watch(stream_id)
    quiet.kill("tagger")
    ids = upstream.post(*(f"rain {number}" for number in range(50)))
    quiet.start("tagger")
    wait_until(lambda: set(viewer.ids()) >= set(ids), 60, "the posts of the time without a tagger")
    flows(ada, stream_id, upstream)
    assert sorted(viewer.ids())[: len(ids)] == sorted(ids)
    assert len(viewer.ids()) == len(set(viewer.ids()))
