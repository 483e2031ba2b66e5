"""A burst: ten times the rate for some seconds, and how long the live view takes to recover."""

import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from tests.performance.lean_viewer import LeanViewers, left_out_of, posts_of
from tests.performance.whole_path import (
    MATCHING,
    SETTLE,
    SIMULATOR,
    api_token,
    quantile,
    start_captured,
    stop_captured,
    wait_for_rest,
)
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir

TIMES, BURST_SECONDS = 10, 10.0
AFTER_SECONDS = 12.0
LATE_MS = 200.0
"""A live view with later posts has not recovered."""


class BurstRound(msgspec.Struct, frozen=True):
    """Posts of the whole round, and latencies (ms) of those shown before, in and after it."""

    rate: float
    sent: int
    captured: int
    shown: int
    left_out: int
    """Posts that frames counted instead of showing them."""
    before: float
    during: float
    after: float
    recovered: float
    """Seconds from the end of the burst to the last late post."""


def run(rate: float, rounds: int) -> list[BurstRound]:
    """Measure rounds, each on a system of its own."""
    found = []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}, {rate:g}/s and {TIMES} times that", flush=True)
        found.append(measure(rate))
        print(f"  {found[-1]}", flush=True)
    return found


def measure(rate: float) -> BurstRound:
    """Run one system with the usual settings, a capture and a viewer through one burst."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR, CAPTURE_MINUTES="1440")) as weir,
        Person(weir.url, "bench").sign_in() as person,
    ):
        upstream = Upstream(weir.simulator_url)
        stream_id = start_captured(person)
        viewers = LeanViewers(weir.url, [(api_token(person), stream_id)], 1, Path(folder))
        asked = rate / MATCHING
        upstream.prepare(round(asked * (2 * SETTLE + TIMES * BURST_SECONDS + AFTER_SECONDS)))
        upstream.rate(asked)
        time.sleep(2 * SETTLE)
        began = time.time() * 1000
        upstream.rate(TIMES * asked)
        time.sleep(BURST_SECONDS)
        ended = time.time() * 1000
        upstream.rate(asked)
        time.sleep(AFTER_SECONDS)
        upstream.rate(0)
        wait_for_rest(person, stream_id)
        sent = {entry["id"]: entry["sent_ms"] for entry in upstream.ledger()}
        captured = stop_captured(weir, person, stream_id)
        packets = viewers.close()
    arrivals = {post["id"]: at for _, at, packet in packets for post in posts_of(packet)}
    late = {key: (sent[key], at - sent[key]) for key, at in arrivals.items()}
    recovered = max((at for key, at in arrivals.items() if late[key][1] > LATE_MS), default=ended)
    return BurstRound(
        rate=rate,
        sent=len(sent),
        captured=len(captured & sent.keys()),
        shown=len(late),
        left_out=sum(left_out_of(packet) for _, _, packet in packets),
        before=_p99(ms for at, ms in late.values() if at < began),
        during=_p99(ms for at, ms in late.values() if began <= at < ended),
        after=_p99(ms for at, ms in late.values() if ended <= at),
        recovered=max(0.0, recovered - ended) / 1000,
    )


def _p99(late: Iterable[float]) -> float:
    return quantile(sorted(late), 0.99)


def table(rounds: Sequence[BurstRound]) -> list[str]:
    """Write every round as a Markdown table."""
    return [
        f"| posts/s, {TIMES} times that for {BURST_SECONDS:g} s | sent | not captured | shown "
        "| counted as left out | in neither | p99 before · in · after it, ms | recovered after s |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {each.rate:g} | {each.sent} | {each.sent - each.captured} | {each.shown} "
            f"| {each.left_out} | {each.sent - each.shown - each.left_out} "
            f"| {each.before:.0f} · {each.during:.0f} · {each.after:.0f} | {each.recovered:.1f} |"
            for each in rounds
        ),
    ]
