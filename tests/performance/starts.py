"""Starts and stops: from the request to the first post that a viewer gets, and to the last."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import msgspec

from tests.performance.whole_path import SIMULATOR, WORDS
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

QUIET_SECONDS = 1.5
"""After a stop. Web closes what was idle for 2 s, perhaps while the next request comes."""


class StartRound(msgspec.Struct, frozen=True):
    """Seconds from the request to start until the first post, and from stop until the last."""

    first_post: float
    last_post: float


def run(rounds: int) -> list[StartRound]:
    """Start and stop a stream so many times on one system at 200 posts/s."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR)) as weir,
        Person(weir.url, "bench").sign_in() as person,
    ):
        Upstream(weir.simulator_url).rate(200)
        return [measure(person) for _ in range(rounds)]


def measure(person: Person) -> StartRound:
    """Make a stream, start it, stop it."""
    stream_id = person.call("POST", "/streams", {"filter": {"keywords": WORDS}})["id"]
    viewer = person.watch(stream_id)
    asked = time.time()
    person.call("POST", f"/streams/{stream_id}/start")
    wait_until(lambda: viewer.posts, 30, "the first post")
    started = viewer.times[0] / 1000 - asked
    asked = time.time()
    person.call("POST", f"/streams/{stream_id}/stop")
    time.sleep(QUIET_SECONDS)
    stopped = max(0.0, viewer.times[-1] / 1000 - asked)
    person.call("DELETE", f"/streams/{stream_id}")
    return StartRound(started, stopped)


def table(rounds: Sequence[StartRound]) -> list[str]:
    """Write medians and the longest as a Markdown table."""
    first, last = [each.first_post for each in rounds], [each.last_post for each in rounds]
    return [
        "| | median s | longest s |",
        "|---|---|---|",
        f"| start to first post | {median(first):.2f} | {max(first):.2f} |",
        f"| stop to last post | {median(last):.2f} | {max(last):.2f} |",
    ]
