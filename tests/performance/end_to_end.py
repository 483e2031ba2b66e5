"""How fast and how complete: `python -m tests.performance.end_to_end`.

Runs the whole system as processes on this machine and measures each post from the moment when the
simulator hands it to the socket until a websocket viewer has it. Prints; passes no judgement.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from statistics import median

import msgspec

from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.viewer import Viewer
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

WORDS = ("the", "a", "to", "and", "is", "in", "of", "it", "my", "this", "for", "on", "i", "you")
"""Nearly every made-up post holds one of these."""
SETTLE = 3.0
"""Seconds at a new rate before posts count."""


class Round(msgspec.Struct, frozen=True):
    """What one round at one rate gave. Latencies in ms."""

    wanted: float
    sent: int
    arrived: int
    doubled: int
    seconds: float
    p50: float
    p99: float
    longest: float


def measure(upstream: Upstream, viewer: Viewer, rate: float, seconds: float) -> Round:
    """Run at a rate, then compare the viewer with the simulator's ledger, id for id."""
    upstream.rate(rate)
    time.sleep(SETTLE)
    upstream.clear_ledger()
    began = time.time()
    time.sleep(seconds)
    upstream.rate(0)
    spent = time.time() - began
    sent = {entry["id"]: entry["sent_ms"] for entry in upstream.ledger()}
    with suppress(AssertionError):  # the table says what is missing
        wait_until(lambda: sent.keys() <= set(viewer.ids()), 20, "the last posts")
    arrived = dict(zip(viewer.ids(), list(viewer.times), strict=False))
    late = sorted(arrived[key] - at for key, at in sent.items() if key in arrived)
    ids = [key for key in viewer.ids() if key in sent]
    return Round(
        rate,
        len(sent),
        len(late),
        len(ids) - len(set(ids)),
        spent,
        quantile(late, 0.5),
        quantile(late, 0.99),
        late[-1] if late else float("nan"),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Pick from an ordered list."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def start_effect(person: Person, upstream: Upstream) -> tuple[float, float]:
    """Seconds from the request to start until the viewer's first post, and from the request to
    stop until the last one."""
    stream_id = person.call("POST", "/streams", {"filter": {"keywords": WORDS}})["id"]
    viewer = person.watch(stream_id)
    upstream.rate(200)
    asked = time.time()
    person.call("POST", f"/streams/{stream_id}/start")
    wait_until(lambda: viewer.posts, 30, "the first post")
    started = viewer.times[0] / 1000 - asked
    asked = time.time()
    person.call("POST", f"/streams/{stream_id}/stop")
    time.sleep(2)
    stopped = max(0.0, viewer.times[-1] / 1000 - asked)
    upstream.rate(0)
    person.call("DELETE", f"/streams/{stream_id}")
    return started, stopped


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.end_to_end")
    parser.add_argument("--rates", type=float, nargs="+", default=[20, 250, 1000])
    parser.add_argument("--seconds", type=float, default=20, help="of each round")
    parser.add_argument("--rounds", type=int, default=3, help="of all rates, interleaved")
    parser.add_argument("--starts", type=int, default=10, help="starts and stops to time")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        simulator = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
        settings = {"VIEWER_POSTS_PER_SECOND": "100000"}
        with closing(Weir(Path(folder), simulator=simulator, **settings)) as weir:
            run(weir, options)
    return 0


def run(weir: Weir, options: argparse.Namespace) -> None:
    """Measure on a running system."""
    upstream = Upstream(weir.simulator_url)
    with Person(weir.url, "bench").sign_in() as person:
        effects = [start_effect(person, upstream) for _ in range(options.starts)]
        stream_id = person.start(keywords=WORDS)
        viewer = person.watch(stream_id)
        wait_until(lambda: person.state(stream_id) == "running", 30, "the stream to run")
        upstream.rate(50)
        wait_until(lambda: viewer.posts, 30, "the first post")
        rounds = [
            measure(upstream, viewer, rate, options.seconds)
            for _ in range(options.rounds)
            for rate in options.rates
        ]
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    if effects:
        starts, stops = zip(*effects, strict=True)
        print(f"start to first post: median {median(starts):.2f} s, longest {max(starts):.2f} s")
        print(f"stop to last post: median {median(stops):.2f} s, longest {max(stops):.2f} s")
    print("posts/s wanted | sent/s |   sent | lost | doubled | p50 ms | p99 ms | longest ms")
    for each in sorted(rounds, key=lambda one: one.wanted):
        print(
            f"{each.wanted:14.0f} | {each.sent / each.seconds:6.0f} | {each.sent:6d} |"
            f" {each.sent - each.arrived:4d} | {each.doubled:7d} | {each.p50:6.1f} |"
            f" {each.p99:6.1f} | {each.longest:10.1f}"
        )


if __name__ == "__main__":
    sys.exit(main())
