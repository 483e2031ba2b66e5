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

LATENCIES = {20: (8, 20), 250: (8, 20), 1000: (12, 30), 2500: (20, 40), 5800: (30, 70)}
"""Most ms at p50 and at p99, by posts a second."""
SPREADS = {500: 150, 2000: 500}
COSTS = {"collector": 45, "tagger": 60, "redis": 12, "web": 8, "simulator": 25}
"""Most µs of CPU a post, by part."""
Row = tuple[str, str, str, bool | None]
"""What, the target, what was measured, and whether that meets it; None where none is set."""
WORDS = {True: "met", False: "**missed**", None: ""}


def table(measured: Mapping[str, Sequence[Any]]) -> list[str]:
    """Write the targets of the parts that were measured as a Markdown table."""
    rows = [row for part, rounds in measured.items() if rounds for row in _rows(part, rounds)]
    return [
        "| what | target | measured | |",
        "|---|---|---|---|",
        *(f"| {' | '.join(words)} | {WORDS[met]} |" for *words, met in rows),
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
    yield "MB idle, all processes", "≤ 450", f"{found:.0f}", found <= 450


def _path(rounds: Sequence[PathRound]) -> Iterator[Row]:
    for rate, target in LATENCIES.items():
        some = [one for one in rounds if one.plan.rate == rate]
        if not some:
            continue
        p50, p99 = median(one.p50 for one in some), median(one.p99 for one in some)
        said = f"send → viewer at {rate:,}/s, p50 / p99 ms"
        met = p50 <= target[0] and p99 <= target[1]
        yield said, f"{target[0]} / {target[1]}", f"{p50:.1f} / {p99:.1f}", met
        if rate == 250:
            used = median(cpu_of_weir(one) for one in some)
            yield "CPU at 250/s without simulator", "≤ 45 %", f"{used:.0f} %", used <= 45
        if rate == 2500:
            memory = median(memory_of_weir(one.memory) for one in some)
            yield "MB at 2,500/s, all processes", "≤ 700", f"{memory:.0f}", memory <= 700


def _minute(rounds: Sequence[PathRound]) -> Iterator[Row]:
    for one in rounds:
        missing = f"{one.sent - one.captured} not captured, {one.left_out} not shown"
        found = f"{one.rate:,.0f}/s, {missing}"
        met = one.rate >= 11_600 and one.captured == one.sent and not one.left_out
        yield f"whole path for {one.seconds:.0f} s, nothing lost", "≥ 11,600/s", found, met
        costs = {name: one.cpu[name] * 1e4 / max(1.0, one.rate) for name in COSTS}
        dear = " · ".join(f"{cost:.0f}" for cost in costs.values())
        said = "µs a post: collector · tagger · Redis · web · simulator"
        cheap = all(costs[name] <= most for name, most in COSTS.items())
        yield said, "≤ " + " · ".join(f"{most}" for most in COSTS.values()), dear, cheap


def _pinned(rounds: Sequence[PathRound]) -> Iterator[Row]:
    whole = [one.rate for one in rounds if one.captured == one.sent and not one.left_out]
    found = f"{max(whole):,.0f}/s" if whole else f"none of {len(rounds)} rounds was whole"
    yield (
        "whole path on one core, nothing lost",
        "≥ 5,800/s",
        found,
        max(whole, default=0.0) >= 5800,
    )


def _taggers(rounds: Sequence[PathRound]) -> Iterator[Row]:
    numbers = sorted({one.plan.taggers for one in rounds})
    shown = {
        number: median(one.shown / one.seconds for one in rounds if one.plan.taggers == number)
        for number in numbers
    }
    said = "posts/s with " + " · ".join(f"{number}" for number in numbers) + " taggers"
    yield said, "where it stops", " · ".join(f"{each:,.0f}" for each in shown.values()), None


def _baselines(rounds: Sequence[Any]) -> Iterator[Row]:
    speeds = medians(rounds)
    for way, target in zip(WAYS, (80, 2, 80, 25), strict=True):
        ratio = speeds[WEIR] / speeds[way]
        yield f"Weir against {way}", f"≥ {target}×", f"{ratio:.1f}×", ratio >= target


def _fan_out(rounds: Sequence[FanOutRound]) -> Iterator[Row]:
    for count, webs in sorted({(one.viewers, one.webs) for one in rounds}):
        if count not in SPREADS:
            continue
        some = [one for one in rounds if (one.viewers, one.webs) == (count, webs)]
        spread = median(one.spread_p99 for one in some)
        left = max(one.left for one in some)
        said = f"{count:,} viewers, {webs} web: last after first, p99 ms"
        met = spread <= SPREADS[count] and not left
        yield said, f"≤ {SPREADS[count]}", f"{spread:.0f}, {left} left behind", met
        if count == 500:
            used = median(one.web_cpu for one in some)
            yield "500 viewers: CPU of web", "≤ 40 %", f"{used:.0f} %", used <= 40


def _streams(rounds: Sequence[StreamsRound]) -> Iterator[Row]:
    most = max(one.streams for one in rounds)
    some = [one for one in rounds if one.streams == most]
    missing = max(one.due - one.counted for one in some)
    rate, late = median(one.rate for one in some), max(one.p99 for one in some)
    said = f"{most:,} streams on one connection, each post its own, shown within a second"
    met = rate >= 8000 and not missing and most >= 1000 and late < 1000
    yield said, "≥ 8,000/s", f"{rate:,.0f}/s, {missing} not counted, p99 {late:.0f} ms", met


def _burst(rounds: Sequence[BurstRound]) -> Iterator[Row]:
    lost = max(one.sent - one.captured for one in rounds)
    unsaid = max(abs(one.sent - one.shown - one.left_out) for one in rounds)
    after = max(one.recovered for one in rounds)
    found = f"{lost} not captured, {unsaid} neither shown nor counted as left out, {after:.1f} s"
    met = not lost and not unsaid and after <= 10
    yield "ten times the rate for 10 s", "captured whole, live honest, ≤ 10 s", found, met
