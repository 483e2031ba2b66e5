"""The whole path: how fast, how complete and how dear, from the simulator's socket to a viewer."""

import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import msgspec

from tests.performance.lean_viewer import LeanViewers, posts_of
from tests.performance.machine import on_cores
from tests.performance.usage import cpu_seconds, memory_mb
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import PARTS, Weir

WORDS = ("the", "a", "to", "and", "is", "in", "of", "it", "my", "this", "for", "on", "i", "you")
"""Nearly every made-up post holds one of these."""
MATCHING = 0.845
"""The share that does: so much more is asked of the simulator than is to be sent."""
BATCH = 128
SIMULATOR = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
WRITTEN_AHEAD = 2000
"""Posts a second above which the simulator writes them before the round begins."""
FEWEST = 1000
"""Posts that a round has at least: of fewer, a single one decides the 99th percentile."""
BESIDE = ("simulator", "viewer")
SETTLE, LAST_POSTS = 3.0, 20.0
"""Seconds at a new rate before posts count, and that the last ones are waited for."""


class PathPlan(msgspec.Struct, frozen=True, order=True):
    """How one round is run: posts a second, taggers, posts in a full batch; no `cores` is all."""

    rate: float
    taggers: int = 1
    batch: int = BATCH
    cores: int | None = None

    def __str__(self) -> str:
        """Say what is unusual of it."""
        said = [f"{self.rate:g}/s"]
        said += [f"{self.taggers} taggers"] * (self.taggers > 1)
        said += [f"batches of {self.batch}"] * (self.batch != BATCH)
        return ", ".join(said + [f"{self.cores} core"] * (self.cores is not None))


class PathRound(msgspec.Struct, frozen=True):
    """What one round gave; latencies in ms, `cpu` in percent of one core by part."""

    plan: PathPlan
    sent: int
    seconds: float
    captured: int
    shown: int
    left_out: int
    doubled: int
    p50: float
    p99: float
    longest: float
    cpu: dict[str, float]
    memory: dict[str, float]

    @property
    def rate(self) -> float:
        """Posts that the simulator sent a second."""
        return self.sent / self.seconds


def parts_of(weir: Weir) -> dict[str, int]:
    """Return the process ids of the parts, Redis and simulator included."""
    names = (*PARTS, "simulator", "redis")
    return {name: weir.processes.pid(name) for name in names}


def run(plans: Sequence[PathPlan], seconds: float, rounds: int) -> list[PathRound]:
    """Measure interleaved rounds of these plans, each on a system of its own."""
    found = []
    for number in range(rounds):
        for plan in plans:
            print(f"round {number + 1} of {rounds}, {plan}", flush=True)
            found.append(measure(plan, max(seconds, FEWEST / plan.rate)))
            print("  " + line_of(found[-1]), flush=True)
    return found


def measure(plan: PathPlan, seconds: float) -> PathRound:
    """Run one system at one rate with a capture and a viewer that gets everything."""
    settings = {
        "VIEWER_POSTS_PER_SECOND": "100000",
        "CAPTURE_MINUTES": "1440",
        "TAGGERS": str(plan.taggers),
        "BATCH_POSTS": str(plan.batch),
    }
    with (
        on_cores(plan.cores),
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR, **settings)) as weir,
        Person(weir.url, "bench").sign_in() as person,
    ):
        return _measure(weir, person, plan, seconds, Path(folder))


def _measure(weir: Weir, person: Person, plan: PathPlan, seconds: float, folder: Path) -> PathRound:
    upstream = Upstream(weir.simulator_url)
    stream_id = start_captured(person)
    viewers = LeanViewers(weir.url, [(api_token(person), stream_id)], 1, folder)
    parts = parts_of(weir) | {"viewer": viewers.process.pid}
    if plan.rate > WRITTEN_AHEAD:
        upstream.prepare(round(plan.rate / MATCHING * (SETTLE + seconds)))
    upstream.rate(plan.rate / MATCHING)
    time.sleep(SETTLE)
    began, before = time.time(), cpu_seconds(parts)
    time.sleep(seconds)
    spent = time.time() - began
    cpu = {name: used - before[name] for name, used in cpu_seconds(parts).items()}
    memory = memory_mb(parts)
    upstream.rate(0)
    wait_for_rest(person, stream_id)
    sent = {entry["id"]: entry["sent_ms"] for entry in upstream.ledger()}
    captured = stop_captured(weir, person, stream_id)
    arrivals = [(post["id"], at) for _, at, packet in viewers.close() for post in posts_of(packet)]
    times = (began * 1000, spent)
    return _round(plan, sent, times, captured, arrivals, cpu, memory)


def start_captured(person: Person) -> str:
    """Make a stream of nearly every post with a capture, start it and wait until it runs."""
    plan = {"capture": {"collection": "bench"}}
    body = {"filter": {"keywords": WORDS, "languages": []}, "plan": plan}
    stream_id: str = person.call("POST", "/streams", body)["id"]
    person.call("POST", f"/streams/{stream_id}/start")
    wait_until(lambda: person.state(stream_id) == "running", 30, "the stream to run")
    return stream_id


def api_token(person: Person) -> str:
    """Return a new API token of a person."""
    return str(person.call("POST", "/tokens", {"name": "bench", "days": 1})["token"])


def stop_captured(weir: Weir, person: Person, stream_id: str) -> set[str]:
    """Stop the stream; returns the ids in its sealed capture."""
    person.call("POST", f"/streams/{stream_id}/stop")
    wait_until(
        lambda: person.call("GET", f"/streams/{stream_id}/segments")["items"], 60, "the seal"
    )
    return set(captured_ids(capture_folder(weir.data_dir, "bench")))


def wait_for_rest(person: Person, stream_id: str) -> None:
    """Wait until the totals stand still for a second; the table says what is missing."""
    deadline = time.monotonic() + LAST_POSTS
    before = -1
    while time.monotonic() < deadline:
        now = person.call("GET", f"/streams/{stream_id}")["totals"]["posts"]
        if now == before:
            return
        before = now
        time.sleep(1)


def captured_ids(folder: Path) -> Iterable[str]:
    """Yield the ids of a capture, in the order of its lines."""
    for path in folder.glob("*.json"):
        with path.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)["__weir"]["id"]


def _round(
    plan: PathPlan,
    sent: dict[str, float],
    times: tuple[float, float],
    captured: set[str],
    arrivals: Sequence[tuple[str, float]],
    cpu: dict[str, float],
    memory: dict[str, float],
) -> PathRound:
    began, spent = times
    first = dict(reversed(arrivals))
    counted = {key: at for key, at in sent.items() if began <= at < began + spent * 1000}
    late = sorted(first[key] - at for key, at in counted.items() if key in first)
    return PathRound(
        plan=plan,
        sent=len(counted),
        seconds=spent,
        captured=len(captured & counted.keys()),
        shown=len(late),
        left_out=len(counted) - len(late),
        doubled=len(arrivals) - len(first),
        p50=quantile(late, 0.5),
        p99=quantile(late, 0.99),
        longest=late[-1] if late else float("nan"),
        cpu={name: 100 * used / spent for name, used in cpu.items()},
        memory=memory,
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Pick from an ordered list; NaN from an empty one."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def line_of(one: PathRound) -> str:
    """Write a round down in a line."""
    dear = " · ".join(
        f"{name} {one.cpu[name]:.0f} % ({one.cpu[name] * 1e4 / max(1.0, one.rate):.0f} µs)"
        for name in ("collector", "tagger", "redis", "web", "simulator", "viewer")
    )
    return (
        f"{one.rate:.0f}/s sent {one.sent} captured {one.captured} shown {one.shown} "
        f"doubled {one.doubled} p50 {one.p50:.1f} p99 {one.p99:.1f} ms; {dear}; "
        f"{memory_of_weir(one.memory):.0f} MB"
    )


def table(rounds: Sequence[PathRound]) -> list[str]:
    """Write the medians of the rounds of each plan as a Markdown table."""
    lines = [
        "| asked | sent/s | not captured | not shown | p50 | p99 ms | µs a post: "
        "collector · tagger · Redis · web · simulator | CPU without simulator | MB, all · `jobs` |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for plan in dict.fromkeys(each.plan for each in rounds):
        some = [each for each in rounds if each.plan == plan]
        dear = " · ".join(
            f"{median(each.cpu[name] * 1e4 / max(1.0, each.rate) for each in some):.0f}"
            for name in ("collector", "tagger", "redis", "web", "simulator")
        )
        lines.append(
            f"| {plan} | {median(each.rate for each in some):.0f} "
            f"| {max(each.sent - each.captured for each in some)} "
            f"| {max(each.left_out for each in some)} "
            f"| {median(each.p50 for each in some):.1f} | {median(each.p99 for each in some):.1f} "
            f"| {dear} | {median(cpu_of_weir(each) for each in some):.0f} % "
            f"| {median(memory_of_weir(each.memory) for each in some):.0f} · "
            f"{median(each.memory['jobs'] for each in some):.0f} |"
        )
    return lines


def cpu_of_weir(one: PathRound) -> float:
    """Return the percent of one core that all parts but simulator and viewer used."""
    return sum(used for name, used in one.cpu.items() if name not in BESIDE)


def memory_of_weir(memory: dict[str, float]) -> float:
    """Return the MB of all parts but simulator and viewer."""
    return sum(used for name, used in memory.items() if name not in BESIDE)
