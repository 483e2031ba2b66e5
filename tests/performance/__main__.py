"""Measures Weir: `python -m tests.performance [--part whole-path --part fan-out] [--json FILE]`.

Prints progress and a report in Markdown; passes no judgement. Rounds are interleaved and medians
reported, since machines drift. Compare figures only within one report.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.performance import (
    baselines,
    curves,
    fan_out,
    jetstream,
    many_streams,
    probes,
    starts,
    whole_path,
)

PARTS = ("whole-path", "baselines", "fan-out", "streams", "starts", "jetstream", "probes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, print the report; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append", help="one part alone; repeatable")
    parser.add_argument("--rates", type=float, nargs="+", default=[250, 1000, 2500, 5800, 8000])
    parser.add_argument("--events", type=float, nargs="+", default=[500, 5000], help="of Jetstream")
    parser.add_argument("--taggers", type=int, nargs="+", default=[1])
    parser.add_argument("--most", type=float, default=12_000, help="posts a second for baselines")
    parser.add_argument("--viewers", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--webs", type=int, nargs="+", default=[1], help="web processes")
    parser.add_argument("--viewed-rate", type=float, default=250, help="posts a second for fan-out")
    parser.add_argument("--streams", type=int, nargs="+", default=[1000], help="on one connection")
    parser.add_argument("--streams-rate", type=float, default=8000, help="posts a second for them")
    parser.add_argument("--seconds", type=float, default=20, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long-lock", type=float, default=60, help="seconds, of the longer probe")
    parser.add_argument("--starts", type=int, default=10, help="starts and stops to time")
    parser.add_argument("--pinned", action="store_true", help="run everything on one core")
    parser.add_argument("--plot", type=Path, help="draw the curves there, as SVG or PNG")
    parser.add_argument("--json", type=Path, help="write every round there, too")
    options = parser.parse_args(arguments)
    if options.pinned:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    parts = options.part or PARTS
    facts = machine(options.pinned)
    rounds: dict[str, object] = {"machine": facts}
    report = [*facts, ""]
    if "whole-path" in parts:
        paths = whole_path.run(options.rates, options.seconds, options.rounds, options.taggers)
        rounds["whole_path"] = paths
        report += ["## The whole path", "", *whole_path.table(paths), ""]
        if options.plot:
            curves.draw(paths, options.plot)
    if "baselines" in parts:
        ways = baselines.run(options.most, options.seconds, options.rounds)
        rounds["baselines"] = ways
        report += ["## Beside the old ways", "", *baselines.table(ways), ""]
    if "fan-out" in parts:
        crowd = (options.viewers, options.webs, options.viewed_rate)
        fans = fan_out.run(*crowd, options.seconds, options.rounds)
        rounds["fan_out"] = fans
        report += ["## Many viewers", "", *fan_out.table(fans), ""]
    if "streams" in parts:
        many = many_streams.run(
            options.streams, options.streams_rate, options.seconds, options.rounds
        )
        rounds["streams"] = many
        report += ["## Many streams on one connection", "", *many_streams.table(many), ""]
    if "starts" in parts:
        started = starts.run(options.starts)
        rounds["starts"] = started
        report += ["## Starts and stops", "", *starts.table(started), ""]
    if "jetstream" in parts:
        read = jetstream.run(options.events, options.seconds, options.rounds)
        rounds["jetstream"] = read
        report += ["## Jetstream", "", *jetstream.table(read), ""]
    if "probes" in parts:
        probed = probes.run(options.seconds, options.long_lock, options.rounds)
        rounds["probes"] = probed
        report += ["## Viewers under attack", "", *probes.table(probed), ""]
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(rounds)))
    print("\n" + "\n".join(report))
    return 0


def machine(pinned: bool) -> list[str]:
    """Describe the machine and what else runs on it."""
    cores = len(os.sched_getaffinity(0))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return [
        f"{time.strftime('%Y-%m-%d %H:%M')}, {platform.machine()}, "
        f"{cores} core{'s' * (cores != 1)}{' (pinned)' * pinned}, Python "
        f"{platform.python_version()}; load averages when it began: {load}",
    ]


if __name__ == "__main__":
    sys.exit(main())
