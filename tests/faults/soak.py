"""A soak: one stream for long, a fault each minute, and who left a post unexplained."""

import random
import time
from collections import Counter
from collections.abc import Sequence
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

MOST_GROWTH = 1.0
"""MB a minute by which the most memory of a part may rise from one third of a soak to the next."""
JUDGED_MINUTES = 20
"""A shorter soak does not judge memory: ids that a collector remembers take 7 minutes to fill."""
YARDSTICK = "simulator"
"""Not judged: it remembers every delivery, 0.7 MB a minute at 500 posts/s, and more."""


class MemorySample(NamedTuple):
    """The memory (PSS, MB) of each part at a minute of the soak."""

    minute: float
    used: dict[str, float]


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
    return MemorySample(seconds / 60, memory_mb(parts_of(weir)))


def growing(samples: Sequence[MemorySample]) -> list[str]:
    """Return a sentence for each part that needs more memory the longer the soak lasts."""
    if samples[-1].minute - samples[0].minute < JUDGED_MINUTES:
        return []
    return [
        f"{name} grew by {growth:.2f} MB a minute"
        for name in samples[0].used
        if name != YARDSTICK and (growth := _growth(samples, name)) > MOST_GROWTH
    ]


def _growth(samples: Sequence[MemorySample], name: str) -> float:
    """Return by how many MB a minute the most of the last third is above that of the middle one.

    The first third does not count: a process fills what it remembers. Nor does one rise within a
    life: the owner of a slot that Redis lost remembers what its predecessor showed.
    """
    third = (samples[-1].minute - samples[0].minute) / 3
    begin = samples[0].minute + third
    middle = [each.used[name] for each in samples if begin <= each.minute < begin + third]
    last = [each.used[name] for each in samples if each.minute >= begin + third]
    return (max(last) - max(middle)) / third if middle and third else 0.0


def _memory(samples: Sequence[MemorySample]) -> list[str]:
    """Write the memory (PSS, MB) of each part: first, last, most, and how its most rises."""
    lines = [
        "| part | first MB | last MB | most MB | most rises by MB a minute |",
        "| --- | --- | --- | --- | --- |",
    ]
    parts = {name: [each.used[name] for each in samples] for name in samples[0].used}
    rises = {name: f"{_growth(samples, name):+.2f}" for name in parts}
    parts["all"] = [sum(each.used.values()) for each in samples]
    for name, used in parts.items():
        figures = f"{used[0]:.0f} | {used[-1]:.0f} | {max(used):.0f} | {rises.get(name, '')}"
        lines.append(f"| {name} | {figures} |")
    lines += ["", "MB by minute:"]
    lines += [f"{name}: {' '.join(f'{mb:.0f}' for mb in each)}" for name, each in parts.items()]
    return lines
