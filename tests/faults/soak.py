"""A soak: one stream for long, a fault each minute, and who left a post unexplained."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from statistics import linear_regression

from tests.faults.cases import Case
from tests.faults.ledger_so_far import LedgerSoFar
from tests.faults.trial import Row, Trial
from tests.performance.usage import memory_mb
from tests.performance.whole_path import parts_of
from tests.rig.weir import Weir

RESTING = (
    "nothing",
    "200 starts and stops",
    "1000 starts and stops by 50 people",
    "500 viewers of whom 50 stop reading",
    "x refuses while a planned start passes",
)
"""What a soak leaves out: no faults, crowds, and what has a stream of its own."""


def soak(weir: Weir, cases: Sequence[Case], seconds: float, rate: float, seed: int) -> Row:
    """Run one stream for long, with a fault each minute: all of `cases` in turn, shuffled anew."""
    dice = random.Random(seed)
    cases = [case for case in cases if case.name not in RESTING and case.system is None]
    left: list[Case] = []
    samples: list[tuple[float, dict[str, float]]] = []
    trial = Trial(weir, f"soak of {seconds / 60:g} minutes", rate)
    trial.begin(10)
    ledger = LedgerSoFar(trial)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        minute = time.monotonic() + 60
        samples.append((seconds - (end - time.monotonic()), memory_mb(parts_of(weir))))
        left = left or dice.sample(cases, len(cases))
        case = left.pop()
        print(f"{(end - time.monotonic()) / 60:4.0f} min left: {case.name}", flush=True)
        ledger.strikes.append((time.time() * 1000, case.name))
        try:
            case.strike(trial)
        except Exception as error:
            trial.row.wrong.append(f"{case.name} broke: {type(error).__name__}: {error}"[:200])
        trial.upstream.heal()
        trial.wait(lambda: trial.state() == "running", f"the stream to run after {case.name}")
        time.sleep(max(0.0, minute - time.monotonic()))
        _print_unexplained(ledger)
    samples.append((seconds, memory_mb(parts_of(weir))))
    print("\n".join(_memory(samples)), flush=True)
    return trial.finish()


def _print_unexplained(ledger: LedgerSoFar) -> None:
    found = ledger.look()
    if found is None:
        print("     unexplained so far: not known, the web did not answer", flush=True)
        return
    times = Counter(ledger.strike_at(at) for at in found)
    named = ", ".join(f"{count} sent during {name}" for name, count in times.items())
    print(f"     unexplained so far: {len(found)}{named and f' ({named})'}", flush=True)


def _memory(samples: Sequence[tuple[float, dict[str, float]]]) -> list[str]:
    """Write the memory (PSS, MB) of each part: first, last, most, and its slope."""
    lines = [
        "| part | first MB | last MB | most MB | MB a minute |",
        "| --- | --- | --- | --- | --- |",
    ]
    parts = {name: [(at / 60, used[name]) for at, used in samples] for name in samples[0][1]}
    parts["all"] = [(at / 60, sum(used.values())) for at, used in samples]
    for name, points in parts.items():
        used = [each for _, each in points]
        slope = linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else 0.0
        line = f"| {name} | {used[0]:.0f} | {used[-1]:.0f} | {max(used):.0f} | {slope:+.2f} |"
        lines.append(line)
    lines += ["", "MB by minute:"]
    lines += [f"{name}: {' '.join(f'{mb:.0f}' for _, mb in each)}" for name, each in parts.items()]
    return lines
