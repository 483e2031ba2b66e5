"""A soak: one stream for long, a fault each minute, and who left a post unexplained."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from statistics import linear_regression
from typing import NamedTuple

from tests.faults.accounting import Row
from tests.faults.cases import Case
from tests.faults.ledger_so_far import LedgerSoFar
from tests.faults.trial import Trial
from tests.performance.usage import memory_mb
from tests.performance.whole_path import parts_of
from tests.rig.weir import Weir

RESTING = (
    "nothing",
    "200 starts and stops",
    "1000 starts and stops by 50 people",
    "500 viewers of whom 50 stop reading",
    "x refuses while a planned start passes",
    "x refuses for some seconds and the gap is filled",
)
"""What a soak leaves out: no faults, crowds, and what has a stream or a plan of its own."""
NOTHING = Case("nothing", lambda trial: None)
"""What a soak of no other case does: it shows what time alone does to memory."""

JUDGED_MINUTES = 10
"""A process that lived for less is not judged: it was still filling what it remembers."""
MOST_GROWTH = 1.0
"""MB a minute over the second half of a life."""
YARDSTICK = "simulator"
"""Not judged: it remembers every delivery, 0.7 MB a minute at 500 posts/s, and more."""


class MemorySample(NamedTuple):
    """The memory (PSS, MB) of each part at a minute of the soak, and the processes leading them."""

    minute: float
    used: dict[str, float]
    leaders: dict[str, int]


def soak(weir: Weir, cases: Sequence[Case], seconds: float, rate: float, seed: int) -> Row:
    """Run one stream for long, with a fault each minute: all of `cases` in turn, shuffled anew."""
    dice = random.Random(seed)
    cases = [case for case in cases if case.name not in RESTING and case.system is None]
    left: list[Case] = []
    samples: list[MemorySample] = []
    trial = Trial(weir, f"soak of {seconds / 60:g} minutes", rate)
    trial.begin(10)
    ledger = LedgerSoFar(trial)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        minute = time.monotonic() + 60
        samples.append(_sample(weir, seconds - (end - time.monotonic())))
        left = left or dice.sample(cases, len(cases))
        case = left.pop() if left else NOTHING
        print(f"{(end - time.monotonic()) / 60:4.0f} min left: {case.name}", flush=True)
        ledger.strikes.append((time.time() * 1000, case.name))
        _strike(trial, case)
        time.sleep(max(0.0, minute - time.monotonic()))
        _print_unexplained(ledger)
    samples.append(_sample(weir, seconds))
    print("\n".join(_memory(samples)), flush=True)
    trial.row.wrong += growing(samples)
    return trial.finish()


def _strike(trial: Trial, case: Case) -> None:
    """Try one fault, which is judged by what is said from now on."""
    for word in trial.watcher.said:
        trial.says(word)
    trial.watcher.said = []
    try:
        case.strike(trial)
    except Exception as error:
        trial.row.wrong.append(f"{case.name} broke: {type(error).__name__}: {error}"[:200])
    trial.upstream.heal()
    trial.wait(lambda: trial.state() == "running", f"the stream to run after {case.name}")


def _print_unexplained(ledger: LedgerSoFar) -> None:
    found = ledger.look()
    if found is None:
        print("     unexplained so far: not known, the web did not answer", flush=True)
        return
    times = Counter(ledger.strike_at(at) for at in found)
    named = ", ".join(f"{count} sent during {name}" for name, count in times.items())
    print(f"     unexplained so far: {len(found)}{named and f' ({named})'}", flush=True)


def _sample(weir: Weir, seconds: float) -> MemorySample:
    leaders = parts_of(weir)
    return MemorySample(seconds / 60, memory_mb(leaders), leaders)


def growing(samples: Sequence[MemorySample]) -> list[str]:
    """Return a sentence for each part that grows by more than MOST_GROWTH in one of its lives."""
    return [
        f"{name} grew by {growth:.2f} MB a minute"
        for name in samples[0].used
        if name != YARDSTICK
        and (growth := _growth(samples, name)) is not None
        and growth > MOST_GROWTH
    ]


def _growth(samples: Sequence[MemorySample], name: str) -> float | None:
    """Return the steepest slope (MB a minute) of the second halves of long lives, if there are."""
    lives: dict[int, list[tuple[float, float]]] = {}
    for each in samples:
        lives.setdefault(each.leaders[name], []).append((each.minute, each.used[name]))
    slopes = []
    for points in lives.values():
        begin, end = points[0][0], points[-1][0]
        half = [point for point in points if point[0] >= (begin + end) / 2]
        if end - begin >= JUDGED_MINUTES and len(half) > 1:
            slopes.append(linear_regression(*zip(*half, strict=True)).slope)
    return max(slopes, default=None)


def _verdict(growth: float | None) -> str:
    if growth is None:
        return "no life long enough"
    return f"{growth:+.2f}, {'flat' if growth <= MOST_GROWTH else 'grows'}"


def _memory(samples: Sequence[MemorySample]) -> list[str]:
    """Write the memory (PSS, MB) of each part: first, last, most, its slope and a verdict."""
    lines = [
        "| part | first MB | last MB | most MB | MB a minute | in the second half of a life |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    parts = {name: [(s.minute, s.used[name]) for s in samples] for name in samples[0].used}
    verdicts = {name: _verdict(_growth(samples, name)) for name in parts}
    parts["all"] = [(s.minute, sum(s.used.values())) for s in samples]
    for name, points in parts.items():
        used = [each for _, each in points]
        slope = linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else 0.0
        figures = f"{used[0]:.0f} | {used[-1]:.0f} | {max(used):.0f} | {slope:+.2f}"
        lines.append(f"| {name} | {figures} | {verdicts.get(name, '')} |")
    lines += ["", "MB by minute:"]
    lines += [f"{name}: {' '.join(f'{mb:.0f}' for _, mb in each)}" for name, each in parts.items()]
    return lines
