"""Fan-out: many viewers of a few streams, and how much later the last one gets a frame."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import partial
from math import ceil
from pathlib import Path
from statistics import median

import msgspec

from bin.launcher.ports import answers, free_port
from tests.performance.lean_viewer import HEAD, Frame, LeanViewers, Room, seq_of
from tests.performance.usage import cpu_seconds
from tests.performance.whole_path import MATCHING, SIMULATOR, WORDS, api_token, quantile
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
    viewers_cpu: float
    """Percent of one core, of the process in which all viewers are."""


def run(
    crowds: Sequence[tuple[int, int]], rate: float, seconds: float, rounds: int
) -> list[FanOutRound]:
    """Measure numbers of viewers, each with a number of web processes, in interleaved rounds."""
    found = []
    for number in range(rounds):
        for count, processes in crowds:
            said = f"{count} viewers, {processes} web process{'es' * (processes > 1)}"
            print(f"round {number + 1} of {rounds}, {said}", flush=True)
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
        rooms = _rooms(weir, streams)
        urls = [weir.url, *(_another_web(weir, number) for number in range(1, webs))]
        viewers = LeanViewers(urls, rooms, count, Path(folder), HEAD)
        Upstream(weir.simulator_url).rate(rate / MATCHING)
        time.sleep(SETTLE)
        parts = {name: weir.processes.pid(name) for name in ["web", *_others(webs)]}
        parts["viewers"] = viewers.process.pid
        began, before = time.time(), cpu_seconds(parts)
        time.sleep(seconds)
        spent = time.time() - began
        used = {name: now - before[name] for name, now in cpu_seconds(parts).items()}
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


def _rooms(weir: Weir, count: int) -> list[Room]:
    """Sign people in and start a stream each; returns each person's token and stream."""
    rooms = []
    with ExitStack() as stack:
        waits = []
        for number in range(count):
            person = stack.enter_context(Person(weir.url, f"bench{number}")).sign_in()
            rooms.append((api_token(person), person.start(keywords=WORDS)))
            waits.append(partial(_runs, person, rooms[-1][1]))
        for runs in waits:
            wait_until(runs, 30, "a stream to run")
    return rooms


def _runs(person: Person, stream_id: str) -> bool:
    return person.state(stream_id) == "running"


def _round(
    frames: Sequence[Frame],
    numbers: tuple[int, int, int],
    rate: float,
    began: float,
    spent: float,
    used: dict[str, float],
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
        web_cpu=100 * (sum(used.values()) - used["viewers"]) / spent,
        viewers_cpu=100 * used["viewers"] / spent,
    )


def crowds_of(rounds: Sequence[FanOutRound]) -> list[tuple[int, int]]:
    """Return the numbers of viewers and web processes that were measured, in order."""
    return sorted({(each.viewers, each.webs) for each in rounds})


def table(rounds: Sequence[FanOutRound]) -> list[str]:
    """Write the medians by number of viewers as a Markdown table."""
    lines = [
        "| viewers | web processes | streams | posts/s | frames/s a viewer "
        "| last after first p50 | p99 ms | viewers left behind | web CPU | viewers' CPU |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for count, webs in crowds_of(rounds):
        some = [each for each in rounds if (each.viewers, each.webs) == (count, webs)]
        lines.append(
            f"| {count} | {webs} | {some[0].streams} | {some[0].rate:g} "
            f"| {median(each.frames for each in some):.1f} "
            f"| {median(each.spread_p50 for each in some):.0f} "
            f"| {median(each.spread_p99 for each in some):.0f} "
            f"| {max(each.left for each in some)} "
            f"| {median(each.web_cpu for each in some):.0f} % "
            f"| {median(each.viewers_cpu for each in some):.0f} % |"
        )
    return lines
