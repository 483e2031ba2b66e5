"""Measures Weir: `python -m tests.performance [--part whole-path] [--quick] [--json FILE]`.

Prints progress and a report in Markdown, with targets beside what was measured; passes no
judgement. Rounds are interleaved and medians reported, since machines drift. Compare figures only
within one report.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.performance import (
    baselines,
    burst,
    curves,
    fan_out,
    idle,
    jetstream,
    machine,
    many_streams,
    probes,
    starts,
    targets,
    twarc_intake,
    whole_path,
)
from tests.performance.whole_path import PathPlan
from tests.rig.page_section import replace_section

Options = argparse.Namespace
QUICK = {
    "seconds": 5.0,
    "rounds": 1,
    "rates": [250.0, 2500.0, 5800.0],
    "events": [5000.0],
    "taggers": [1, 2],
    "batches": [16, 128],
    "pinned": [5800.0],
    "viewers": [500, 2000],
    "webs": [1],
    "streams": [1000],
    "minute": 20.0,
    "long_lock": 5.0,
    "starts": 3,
}
"""What `--quick` makes of the defaults."""


class Part(NamedTuple):
    """A part of the report: how it is measured, and how its rounds are written down."""

    title: str
    run: Callable[[Options], Sequence[Any]]
    table: Callable[[Sequence[Any]], list[str]]


def _path(plans: Callable[[Options], Sequence[PathPlan]]) -> Callable[[Options], Sequence[Any]]:
    return lambda options: whole_path.run(plans(options), options.seconds, options.rounds)


def _crowds(options: Options) -> list[tuple[int, int]]:
    """Return each number of viewers with one web process, and the most with more."""
    most = max(options.viewers)
    return [(count, 1) for count in options.viewers] + [
        (most, webs) for webs in options.webs if webs > 1
    ]


PARTS = {
    "idle": Part("Idle", lambda o: idle.run(o.seconds), idle.table),
    "whole-path": Part(
        "The whole path", _path(lambda o: [PathPlan(rate) for rate in o.rates]), whole_path.table
    ),
    "minute": Part(
        "Twice X's firehose",
        lambda o: whole_path.run([PathPlan(o.minute_rate)], o.minute, 1),
        whole_path.table,
    ),
    "pinned": Part(
        "On one core",
        _path(lambda o: [PathPlan(rate, cores=1) for rate in o.pinned]),
        whole_path.table,
    ),
    "taggers": Part(
        "Taggers",
        _path(lambda o: [PathPlan(o.most, taggers=each) for each in o.taggers]),
        whole_path.table,
    ),
    "batches": Part(
        "Batches",
        _path(lambda o: [PathPlan(o.most, batch=each) for each in o.batches]),
        whole_path.table,
    ),
    "baselines": Part(
        "Beside the old ways",
        lambda o: baselines.run(o.carried, o.seconds, o.rounds),
        baselines.table,
    ),
    "labels": Part(
        "Labels beside VADER and scikit-learn",
        lambda o: _benchmark(),
        lambda lines: ["```", *lines, "```"],
    ),
    "intake": Part(
        "Intake by twarc",
        lambda o: twarc_intake.run(o.twarc, [500, 2000], o.seconds) if o.twarc else [],
        twarc_intake.table,
    ),
    "fan-out": Part(
        "Many viewers",
        lambda o: fan_out.run(_crowds(o), o.viewed_rate, o.seconds, o.rounds),
        fan_out.table,
    ),
    "streams": Part(
        "Many streams on one connection",
        lambda o: many_streams.run(o.streams, o.streams_rate, o.seconds, o.rounds),
        many_streams.table,
    ),
    "burst": Part("A burst", lambda o: burst.run(o.burst_rate, o.rounds), burst.table),
    "starts": Part("Starts and stops", lambda o: starts.run(o.starts), starts.table),
    "jetstream": Part(
        "Jetstream",
        lambda o: jetstream.run(o.events, o.seconds, o.rounds),
        jetstream.table,
    ),
    "probes": Part(
        "Viewers under attack",
        lambda o: probes.run(o.seconds, o.long_lock, 1),
        probes.table,
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, print the report; returns the exit status."""
    options = _options(arguments)
    names = options.part or list(PARTS)
    facts = machine.facts()
    print(facts, flush=True)
    measured: dict[str, Sequence[Any]] = {}
    failed: dict[str, str] = {}
    began = time.monotonic()
    for number, name in enumerate(names):
        spent = (time.monotonic() - began) / 60
        print(f"{name}: part {number + 1} of {len(names)}, after {spent:.1f} min", flush=True)
        try:
            rounds = PARTS[name].run(options)
            targets.table({name: rounds})  # what cannot be written down fails its part alone
            PARTS[name].table(rounds)
            measured[name] = rounds
        except Exception as error:  # the other parts are worth having
            failed[name] = f"{type(error).__name__}: {error}"
            print(f"  failed: {failed[name]}", flush=True)
        if options.json:
            report = {"machine": facts, "failed": failed, **measured}
            options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    lines = _report(measured, failed)
    lines = [f"Before: {facts}.", "", f"After: {machine.facts()}.", "", *lines]
    print("\n" + "\n".join(lines))
    if options.write:
        replace_section(options.write, "report", lines)
    if options.plot:
        curves.draw(measured, options.plot)
    return 1 if failed else 0


def _report(measured: Mapping[str, Sequence[Any]], failed: Mapping[str, str]) -> list[str]:
    """Write the targets, a table of each part, and what failed, as lines of Markdown."""
    lines = ["### Targets", "", *targets.table(measured), ""]
    for name, rounds in measured.items():
        lines += [f"### {PARTS[name].title}", ""]
        lines += [*PARTS[name].table(rounds), ""] if rounds else ["Not measured.", ""]
    return lines + [f"{name} failed: {why}" for name, why in failed.items()]


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
    add = parser.add_argument
    add("--part", choices=list(PARTS), action="append", help="one part alone; repeatable")
    add("--quick", action="store_true", help="fewer and shorter rounds, some eight minutes in all")
    add("--rates", type=float, nargs="+", default=[20, 250, 1000, 2500, 5800])
    add("--minute", type=float, default=60, help="seconds of the part that is called so")
    add("--minute-rate", type=float, default=11_700, help="posts a second in it")
    add("--pinned", type=float, nargs="+", default=[2500, 5900], help="rates on one core")
    add("--taggers", type=int, nargs="+", default=[1, 2, 4])
    add("--batches", type=int, nargs="+", default=[1, 16, 128], help="posts in a full batch")
    add("--most", type=float, default=14_000, help="posts a second that are more than it can carry")
    add("--viewers", type=int, nargs="+", default=[100, 500, 2000])
    add("--carried", type=float, default=12_500, help="posts a second beside the old ways")
    add("--webs", type=int, nargs="+", default=[1, 2], help="web processes for most viewers")
    add("--viewed-rate", type=float, default=250, help="posts a second for fan-out")
    add("--streams", type=int, nargs="+", default=[100, 1000], help="on one connection")
    add("--streams-rate", type=float, default=9700, help="posts a second asked for, not all match")
    add("--burst-rate", type=float, default=500, help="posts a second before and after it")
    add("--events", type=float, nargs="+", default=[500, 5000], help="a second, of Jetstream")
    add("--starts", type=int, default=10, help="starts and stops to time")
    add("--long-lock", type=float, default=20, help="seconds, of the longer probe")
    add("--twarc", help="a Python that has twarc, for the intake beside it")
    add("--seconds", type=float, default=8, help="of each round")
    add("--rounds", type=int, default=1, help="of each part, interleaved")
    add("--plot", type=Path, help="draw the curves there, as SVG or PNG")
    add("--write", type=Path, help="put the report into this page, between its marks")
    add("--json", type=Path, help="write every round there, too")
    first = parser.parse_args(arguments)
    if first.quick:
        parser.set_defaults(**QUICK)
    return parser.parse_args(arguments)


def _benchmark() -> list[str]:
    """Return what the benchmark of models prints."""
    words = [sys.executable, "-m", "models.benchmark", "--rounds", "1"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
