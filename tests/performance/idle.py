"""Idle: the memory of a system that has started and follows nothing."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from tests.performance.usage import cpu_seconds, memory_mb
from tests.performance.whole_path import SETTLE, SIMULATOR, memory_of_weir, parts_of
from tests.rig.weir import Weir


class IdleRound(msgspec.Struct, frozen=True):
    """MB and percent of one core of each part; pages that processes share count once in all."""

    memory: dict[str, float]
    cpu: dict[str, float]


def run(seconds: float) -> list[IdleRound]:
    """Start one system and look at it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR)) as weir,
    ):
        parts = parts_of(weir)
        time.sleep(SETTLE)
        before = cpu_seconds(parts)
        time.sleep(seconds)
        used = {
            name: 100 * (now - before[name]) / seconds for name, now in cpu_seconds(parts).items()
        }
        return [IdleRound(memory_mb(parts), used)]


def table(rounds: Sequence[IdleRound]) -> list[str]:
    """Write the parts as a Markdown table."""
    (one,) = rounds
    lines = ["| part | MB | CPU |", "|---|---|---|"]
    lines += [f"| {name} | {mb:.0f} | {one.cpu[name]:.1f} % |" for name, mb in one.memory.items()]
    return [*lines, f"| all without simulator | {memory_of_weir(one.memory):.0f} | |"]
