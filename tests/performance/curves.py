"""Curves of the whole path: latency and the processors' time against the rate."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from matplotlib.figure import Figure

from tests.performance.whole_path import PathRound

PARTS = ("collector", "tagger", "redis", "web", "simulator")


def draw(rounds: Sequence[PathRound], path: Path) -> None:
    """Draw medians of the rounds with one tagger; the ending of the path chooses the format."""
    some = [each for each in rounds if each.taggers == min(one.taggers for one in rounds)]
    rates = sorted({each.wanted for each in some})
    at = {rate: [each for each in some if each.wanted == rate] for rate in rates}
    sent = [median(each.rate for each in at[rate]) for rate in rates]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    late, dear = figure.subplots(1, 2)
    for name, each in (
        ("p50", [median(one.p50 for one in at[rate]) for rate in rates]),
        ("p99", [median(one.p99 for one in at[rate]) for rate in rates]),
    ):
        late.plot(sent, each, marker="o", label=name)
    late.set(xlabel="posts sent a second", ylabel="ms from send to viewer", xscale="log")
    late.set_yscale("log")
    for part in PARTS:
        spent = [
            median(1e4 * one.cpu[part] / max(1.0, one.rate) for one in at[rate]) for rate in rates
        ]
        dear.plot(sent, spent, marker="o", label=part)
    dear.set(xlabel="posts sent a second", ylabel="µs of CPU a post", xscale="log", yscale="log")
    for axes in (late, dear):
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
