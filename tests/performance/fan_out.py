"""Fan-out: many viewers of a few streams, and how much later the last one gets a frame."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from itertools import product
from math import ceil
from pathlib import Path
from statistics import median

import msgspec

from bin.launcher.ports import answers, free_port
from tests.performance.lean_viewer import Frame, LeanViewers, Room, seq_of
from tests.performance.usage import cpu_seconds
from tests.performance.whole_path import SIMULATOR, WORDS, quantile
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import READY_SECONDS, Weir

SETTLE = 3.0
SOCKETS = 45
"""Viewers of one person, a little less than an account may have."""


class FanOutRound(msgspec.Struct, frozen=True):
    """One round: `spread` is the time (ms) from a frame's first viewer to its last."""

    viewers: int
    webs: int
    """Web processes, each with its share of the viewers."""
    streams: int
    rate: float
    frames: float
    """Frames a second that one viewer gets."""
    spread_p50: float
    spread_p99: float
    left: int
    """Viewers that lost their connection, or did not get the newest frame."""
    web_cpu: float
    """Percent of one core, of all web processes together."""


def run(
    viewers: Sequence[int], webs: Sequence[int], rate: float, seconds: float, rounds: int
) -> list[FanOutRound]:
    """Measure each number of viewers with each number of web processes in interleaved rounds."""
    found = []
    for number in range(rounds):
        for count, processes in product(viewers, webs):
            said = f"{count} viewers, {processes} web process{'es' * (processes > 1)}"
            print(f"fan-out: round {number + 1} of {rounds}, {said}", flush=True)
            found.append(measure(count, processes, rate, seconds))
            print(f"  {found[-1]}", flush=True)
    return found


def measure(count: int, webs: int, rate: float, seconds: float) -> FanOutRound:
    """Run one system with a stream a person; all streams get the same posts."""
    streams = max(12, ceil(count / SOCKETS))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR)) as weir,
    ):
        rooms = [_room(weir, number) for number in range(streams)]
        urls = [weir.url, *(_another_web(weir, number) for number in range(1, webs))]
        viewers = LeanViewers(urls, rooms, count, Path(folder))
        Upstream(weir.simulator_url).rate(rate)
        time.sleep(SETTLE)
        parts = {name: weir.processes.pid(name) for name in ["web", *_others(webs)]}
        began, before = time.time(), sum(cpu_seconds(parts).values())
        time.sleep(seconds)
        spent = time.time() - began
        used = sum(cpu_seconds(parts).values()) - before
        Upstream(weir.simulator_url).rate(0)
        time.sleep(SETTLE)
        frames = viewers.close()
    return _round(frames, (count, webs, streams), rate, began * 1000, spent, used)


def _others(webs: int) -> list[str]:
    return [f"web{number}" for number in range(1, webs)]


def _another_web(weir: Weir, number: int) -> str:
    """Start one more web process on a port of its own; returns its address."""
    port = free_port()
    env = weir.env | {"PORT": str(port)}
    weir.processes.start(f"web{number}", weir.command("web"), env)
    wait_until(lambda: answers("127.0.0.1", port), READY_SECONDS, "the web process to serve")
    return f"http://127.0.0.1:{port}"


def _room(weir: Weir, number: int) -> Room:
    """Sign a person in and start a stream; returns the person's token and the stream."""
    with Person(weir.url, f"bench{number}").sign_in() as person:
        stream_id = person.start(keywords=WORDS)
        wait_until(lambda: person.state(stream_id) == "running", 30, "it to run")
        return person.call("POST", "/tokens", {"name": "bench", "days": 1})["token"], stream_id


def _round(
    frames: Sequence[Frame],
    numbers: tuple[int, int, int],
    rate: float,
    began: float,
    spent: float,
    used: float,
) -> FanOutRound:
    count, webs, streams = numbers
    arrivals: dict[tuple[int, int], list[float]] = defaultdict(list)
    newest: dict[int, int] = {}
    for viewer, at, packet in frames:
        seq = seq_of(packet)
        newest[viewer] = seq
        if began <= at < began + spent * 1000:
            arrivals[viewer % streams, seq].append(at)
    complete = [times for times in arrivals.values() if len(times) >= count // streams]
    spreads = sorted(max(times) - min(times) for times in complete)
    last = {
        room: max(newest.get(v, 0) for v in range(room, count, streams)) for room in range(streams)
    }
    return FanOutRound(
        viewers=count,
        webs=webs,
        streams=streams,
        rate=rate,
        frames=sum(map(len, arrivals.values())) / count / spent,
        spread_p50=quantile(spreads, 0.5),
        spread_p99=quantile(spreads, 0.99),
        left=sum(newest.get(viewer, -1) < last[viewer % streams] for viewer in range(count)),
        web_cpu=100 * used / spent,
    )


def table(rounds: Sequence[FanOutRound]) -> list[str]:
    """Write the medians by number of viewers as a Markdown table."""
    lines = [
        "| viewers | web processes | streams | posts/s | frames/s a viewer "
        "| last after first p50 | p99 ms | viewers left behind | web CPU |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for count, webs in sorted({(each.viewers, each.webs) for each in rounds}):
        some = [each for each in rounds if (each.viewers, each.webs) == (count, webs)]
        lines.append(
            f"| {count} | {webs} | {some[0].streams} | {some[0].rate:g} "
            f"| {median(each.frames for each in some):.1f} "
            f"| {median(each.spread_p50 for each in some):.0f} "
            f"| {median(each.spread_p99 for each in some):.0f} "
            f"| {max(each.left for each in some)} "
            f"| {median(each.web_cpu for each in some):.0f} % |"
        )
    return lines
