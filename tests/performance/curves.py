"""Curves of what was measured: against the rate, batches, taggers, streams and viewers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.performance.fan_out import FanOutRound
from tests.performance.many_streams import StreamsRound
from tests.performance.whole_path import PathRound

PARTS = ("collector", "tagger", "redis", "web", "simulator")
Rounds = Sequence[Any]


def draw(measured: Mapping[str, Rounds], path: Path) -> None:
    """Draw what is there of it; the ending of the path chooses the format."""
    known: dict[str, Sequence[Callable[[Axes, Rounds], None]]] = {
        "whole-path": (_latency, _cost),
        "batches": (_batches,),
        "taggers": (_taggers,),
        "streams": (_streams,),
        "fan-out": (_viewers,),
    }
    curves = [
        (curve, measured[part]) for part in known if part in measured for curve in known[part]
    ]
    if not curves:
        return
    rows = -(-len(curves) // 2)
    figure = Figure(figsize=(9, 3.6 * rows), layout="constrained")
    all_axes = figure.subplots(rows, 2, squeeze=False).flat
    for axes, (curve, rounds) in zip(all_axes, curves, strict=False):
        curve(axes, rounds)
        axes.grid(alpha=0.3)
        axes.legend()
    for axes in list(all_axes)[len(curves) :]:
        axes.remove()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _latency(axes: Axes, rounds: Sequence[PathRound]) -> None:
    _line(axes, ((one.plan.rate, one.p50) for one in rounds), "p50")
    _line(axes, ((one.plan.rate, one.p99) for one in rounds), "p99")
    axes.set(xlabel="posts a second", ylabel="ms from send to viewer", xscale="log", yscale="log")


def _cost(axes: Axes, rounds: Sequence[PathRound]) -> None:
    for part in PARTS:
        spent = ((one.plan.rate, 1e4 * one.cpu[part] / max(1.0, one.rate)) for one in rounds)
        _line(axes, spent, part)
    axes.set(xlabel="posts a second", ylabel="µs of CPU a post", xscale="log", yscale="log")


def _batches(axes: Axes, rounds: Sequence[PathRound]) -> None:
    _line(axes, ((one.plan.batch, one.shown / one.seconds) for one in rounds), "shown")
    axes.set(xlabel="posts in a full batch", ylabel="posts a second", xscale="log")
    axes.set_ylim(bottom=0)


def _taggers(axes: Axes, rounds: Sequence[PathRound]) -> None:
    _line(axes, ((one.plan.taggers, one.shown / one.seconds) for one in rounds), "shown")
    axes.set(xlabel="taggers", ylabel="posts a second")
    axes.set_ylim(bottom=0)


def _streams(axes: Axes, rounds: Sequence[StreamsRound]) -> None:
    for part in PARTS:
        _line(
            axes, ((one.streams, 1e4 * one.cpu[part] / max(1.0, one.rate)) for one in rounds), part
        )
    axes.set(xlabel="streams on one connection", ylabel="µs of CPU a post", xscale="log")


def _viewers(axes: Axes, rounds: Sequence[FanOutRound]) -> None:
    alone = [one for one in rounds if one.webs == 1]
    _line(axes, ((one.viewers, one.spread_p99) for one in alone), "last after first, p99 ms")
    _line(axes, ((one.viewers, one.web_cpu) for one in alone), "web, % of a core")
    axes.set(xlabel="viewers", xscale="log")


def _line(axes: Axes, points: Iterable[tuple[float, float]], label: str) -> None:
    """Draw the median of the points at each place."""
    found: dict[float, list[float]] = {}
    for at, value in points:
        found.setdefault(at, []).append(value)
    places = sorted(found)
    axes.plot(places, [median(found[at]) for at in places], marker="o", label=label)
