"""Targets: what Weir should reach on two quiet cores, beside what was measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from tests.performance.baselines import WAYS, WEIR, medians
from tests.performance.burst import BurstRound
from tests.performance.fan_out import FanOutRound
from tests.performance.idle import IdleRound
from tests.performance.many_streams import StreamsRound
from tests.performance.whole_path import PathRound, cpu_of_weir, memory_of_weir

LATENCIES = {20: "8 / 20", 250: "8 / 20", 1000: "12 / 30", 2500: "20 / 40", 5800: "30 / 70"}
SPREADS = {500: "≤ 150", 2000: "≤ 500"}
Row = tuple[str, str, str]
"""What, the target, what was measured."""


def table(measured: Mapping[str, Sequence[Any]]) -> list[str]:
    """Write the targets of the parts that were measured as a Markdown table."""
    rows = [row for part, rounds in measured.items() if rounds for row in _rows(part, rounds)]
    return [
        "| what | target | measured |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _rows(part: str, rounds: Sequence[Any]) -> Iterator[Row]:
    known: dict[str, Callable[[Sequence[Any]], Iterator[Row]]] = {
        "idle": _idle,
        "whole-path": _path,
        "minute": _minute,
        "pinned": _pinned,
        "taggers": _taggers,
        "baselines": _baselines,
        "fan-out": _fan_out,
        "streams": _streams,
        "burst": _burst,
    }
    return known[part](rounds) if part in known else iter(())


def _idle(rounds: Sequence[IdleRound]) -> Iterator[Row]:
    found = median(memory_of_weir(one.memory) for one in rounds)
    yield "MB idle, all processes", "≤ 450", f"{found:.0f}"


def _path(rounds: Sequence[PathRound]) -> Iterator[Row]:
    for rate, target in LATENCIES.items():
        some = [one for one in rounds if one.plan.rate == rate]
        if not some:
            continue
        found = f"{median(one.p50 for one in some):.1f} / {median(one.p99 for one in some):.1f}"
        yield f"send → viewer at {rate:,}/s, p50 / p99 ms", target, found
        if rate == 250:
            used = median(cpu_of_weir(one) for one in some)
            yield "CPU at 250/s without simulator", "≤ 45 %", f"{used:.0f} %"
        if rate == 2500:
            memory = median(memory_of_weir(one.memory) for one in some)
            yield "MB at 2,500/s, all processes", "≤ 700", f"{memory:.0f}"


def _minute(rounds: Sequence[PathRound]) -> Iterator[Row]:
    for one in rounds:
        missing = f"{one.sent - one.captured} not captured, {one.left_out} not shown"
        found = f"{one.rate:,.0f}/s, {missing}"
        yield f"whole path for {one.seconds:.0f} s, nothing lost", "≥ 11,600/s", found
        names = ("collector", "tagger", "redis", "web", "simulator")
        dear = " · ".join(f"{one.cpu[name] * 1e4 / max(1.0, one.rate):.0f}" for name in names)
        said = "µs a post: collector · tagger · Redis · web · simulator"
        yield said, "≤ 45 · 60 · 12 · 8 · 25", dear


def _pinned(rounds: Sequence[PathRound]) -> Iterator[Row]:
    whole = [one.rate for one in rounds if one.captured == one.sent and not one.left_out]
    found = f"{max(whole):,.0f}/s" if whole else f"none of {len(rounds)} rounds was whole"
    yield "whole path on one core, nothing lost", "≥ 5,800/s", found


def _taggers(rounds: Sequence[PathRound]) -> Iterator[Row]:
    numbers = sorted({one.plan.taggers for one in rounds})
    shown = {
        number: median(one.shown / one.seconds for one in rounds if one.plan.taggers == number)
        for number in numbers
    }
    said = "posts/s with " + " · ".join(f"{number}" for number in numbers) + " taggers"
    yield said, "where it stops", " · ".join(f"{each:,.0f}" for each in shown.values())


def _baselines(rounds: Sequence[Any]) -> Iterator[Row]:
    speeds = medians(rounds)
    for way, target in zip(WAYS, ("≥ 80×", "≥ 2×", "≥ 80×", "≥ 25×"), strict=True):
        yield f"Weir against {way}", target, f"{speeds[WEIR] / speeds[way]:.1f}×"


def _fan_out(rounds: Sequence[FanOutRound]) -> Iterator[Row]:
    for count, target in SPREADS.items():
        some = [one for one in rounds if one.viewers == count and one.webs == 1]
        if not some:
            continue
        spread = median(one.spread_p99 for one in some)
        left = max(one.left for one in some)
        found = f"{spread:.0f}, {left} left behind"
        yield f"{count:,} viewers: last after first, p99 ms", target, found
        if count == 500:
            used = median(one.web_cpu for one in some)
            yield "500 viewers: CPU of web", "≤ 40 %", f"{used:.0f} %"


def _streams(rounds: Sequence[StreamsRound]) -> Iterator[Row]:
    most = max(one.streams for one in rounds)
    some = [one for one in rounds if one.streams == most]
    missing = max(one.due - one.counted for one in some)
    found = f"{median(one.rate for one in some):,.0f}/s, {missing} posts not counted"
    yield f"{most:,} streams on one connection, each post its own", "≥ 8,000/s", found


def _burst(rounds: Sequence[BurstRound]) -> Iterator[Row]:
    lost = max(one.sent - one.captured for one in rounds)
    unsaid = max(abs(one.sent - one.shown - one.left_out) for one in rounds)
    after = max(one.recovered for one in rounds)
    found = f"{lost} not captured, {unsaid} neither shown nor counted as left out, {after:.1f} s"
    yield "ten times the rate for 10 s", "captured whole, live honest, ≤ 10 s", found
