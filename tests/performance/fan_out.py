"""Fan-out: many viewers of a few streams, and how much later the last one gets a frame."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from math import ceil
from pathlib import Path
from statistics import median

import msgspec

from tests.performance.lean_viewer import Frame, LeanViewers, Room, seq_of
from tests.performance.usage import cpu_seconds
from tests.performance.whole_path import SIMULATOR, WORDS, parts_of, quantile
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SETTLE = 3.0
SOCKETS = 45
"""Viewers of one person, a little less than an account may have."""


class FanOutRound(msgspec.Struct, frozen=True):
    """One round: `spread` is the time (ms) from a frame's first viewer to its last."""

    viewers: int
    streams: int
    rate: float
    frames: float
    """Frames a second that one viewer gets."""
    spread_p50: float
    spread_p99: float
    left: int
    """Viewers that lost their connection, or did not get the newest frame."""
    web_cpu: float
    """Percent of one core."""


def run(viewers: Sequence[int], rate: float, seconds: float, rounds: int) -> list[FanOutRound]:
    """Measure each number of viewers in interleaved rounds."""
    found = []
    for number in range(rounds):
        for count in viewers:
            print(f"fan-out: round {number + 1} of {rounds}, {count} viewers", flush=True)
            found.append(measure(count, max(12, ceil(count / SOCKETS)), rate, seconds))
            print(f"  {found[-1]}", flush=True)
    return found


def measure(count: int, streams: int, rate: float, seconds: float) -> FanOutRound:
    """Run one system with a stream a person; all streams get the same posts."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR)) as weir,
    ):
        rooms = [_room(weir, number) for number in range(streams)]
        viewers = LeanViewers(weir.url, rooms, count, Path(folder))
        Upstream(weir.simulator_url).rate(rate)
        time.sleep(SETTLE)
        parts, began = parts_of(weir), time.time()
        before = cpu_seconds(parts)["web"]
        time.sleep(seconds)
        spent = time.time() - began
        used = cpu_seconds(parts)["web"] - before
        Upstream(weir.simulator_url).rate(0)
        time.sleep(SETTLE)
        frames = viewers.close()
    return _round(frames, count, streams, rate, began * 1000, spent, used)


def _room(weir: Weir, number: int) -> Room:
    """Sign a person in and start a stream; returns the person's token and the stream."""
    with Person(weir.url, f"bench{number}").sign_in() as person:
        stream_id = person.start(keywords=WORDS)
        wait_until(lambda: person.state(stream_id) == "running", 30, "it to run")
        return person.call("POST", "/tokens", {"name": "bench", "days": 1})["token"], stream_id


def _round(
    frames: Sequence[Frame],
    count: int,
    streams: int,
    rate: float,
    began: float,
    spent: float,
    used: float,
) -> FanOutRound:
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
        "| viewers | streams | posts/s | frames/s a viewer | last after first p50 | p99 ms "
        "| viewers left behind | web CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for count in sorted({each.viewers for each in rounds}):
        some = [each for each in rounds if each.viewers == count]
        lines.append(
            f"| {count} | {some[0].streams} | {some[0].rate:g} "
            f"| {median(each.frames for each in some):.1f} "
            f"| {median(each.spread_p50 for each in some):.0f} "
            f"| {median(each.spread_p99 for each in some):.0f} "
            f"| {max(each.left for each in some)} "
            f"| {median(each.web_cpu for each in some):.0f} % |"
        )
    return lines
