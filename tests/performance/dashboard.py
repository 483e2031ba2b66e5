"""What the page costs a browser: `python -m tests.performance.dashboard`.

Runs the whole system, opens the dashboard in Chromium, and lets posts come at a steady rate. Prints
the heap after collection, the time between animation frames, and the tasks of the main thread.
Prints; passes no judgement.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from typing import Any

import msgspec
from playwright.sync_api import CDPSession

from tests.browser.chromium import chromium
from tests.browser.desk import Desk
from tests.performance.whole_path import WORDS
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir

SETTLE = 5.0
MEGABYTE = 1_000_000
WATCH = """() => {
  const frames = [], tasks = [];
  let last = performance.now();
  const tick = (now) => { frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(tick); });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks.push(entry.duration);
  }).observe({ entryTypes: ["longtask"] });
  window.taken = () => [frames.splice(0), tasks.splice(0)];
}"""


class Stretch(msgspec.Struct, frozen=True):
    """One stretch of time. Times in ms, heap in MB; a long task is one of 50 ms or more."""

    at: float
    heap: float
    nodes: int
    frames: int
    p50: float
    p95: float
    p99: float
    longest: float
    long_tasks: int
    busy: float
    """Share of the main thread's time spent in tasks."""


def measure(desk: Desk, seconds: float, every: float) -> list[Stretch]:
    """Look at the page every so often."""
    session = desk.context.new_cdp_session(desk.page)
    session.send("Performance.enable")
    desk.page.evaluate(WATCH)
    began = time.monotonic()
    stretches = []
    while time.monotonic() - began < seconds:
        desk.page.evaluate("window.taken()")
        before, since = metric(session, "TaskDuration"), time.monotonic()
        desk.page.wait_for_timeout(every * 1000)
        busy = (metric(session, "TaskDuration") - before) / (time.monotonic() - since)
        frames, tasks = desk.page.evaluate("window.taken()")
        session.send("HeapProfiler.collectGarbage")
        cuts = quantiles(frames, n=100) if len(frames) > 1 else [float("nan")] * 99
        stretch = Stretch(
            at=time.monotonic() - began,
            heap=metric(session, "JSHeapUsedSize") / MEGABYTE,
            nodes=int(metric(session, "Nodes")),
            frames=len(frames),
            p50=cuts[49],
            p95=cuts[94],
            p99=cuts[98],
            longest=max(frames, default=float("nan")),
            long_tasks=len(tasks),
            busy=busy,
        )
        print(line(stretch), flush=True)
        stretches.append(stretch)
    return stretches


def metric(session: CDPSession, name: str) -> float:
    """Read one of the browser's own counters."""
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == name))


def line(of: Stretch) -> str:
    """Write a stretch down."""
    return (
        f"{of.at:6.0f} s {of.heap:7.1f} MB {of.nodes:6} nodes {of.frames:5} frames "
        f"p50 {of.p50:5.1f} p95 {of.p95:5.1f} p99 {of.p99:5.1f} max {of.longest:6.1f} ms "
        f"{of.long_tasks:3} long tasks, main thread {of.busy:4.0%} busy"
    )


def main(argv: Sequence[str]) -> int:
    """Run; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=250, help="posts a second (250)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (60)")
    parser.add_argument("--every", type=float, default=10, help="seconds between two lines (10)")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, closing(Weir(Path(folder))) as weir:
        upstream = Upstream(weir.simulator_url)
        upstream.rate(0)
        with chromium() as browser:
            desk = Desk(browser, weir.url).sign_in("ada")
            desk.button("New stream").click()
            desk.field("More keywords").fill(", ".join(WORDS))
            desk.button("Start").click()
            desk.state().get_by_text("Running").wait_for()
            upstream.rate(asked.rate)
            desk.page.wait_for_timeout(SETTLE * 1000)
            stretches = measure(desk, asked.seconds, asked.every)
            note = desk.region("Live feed").locator(".panel-note").inner_text()
            rate = desk.page.locator(".figures dd").first.inner_text()
    print(f"at {rate} asked {asked.rate:g}/s; feed: {note}; errors of the page: {desk.errors}")
    print(
        f"heap: {stretches[0].heap:.0f} MB at first, {max(s.heap for s in stretches):.0f} at most"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
