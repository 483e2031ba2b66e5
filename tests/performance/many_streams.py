"""Many streams on one connection, each with a word of its own, and posts for each in turn."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from streams.clock import now_ms
from streams.filter import Filter
from streams.store import Store
from streams.stream import Wanted
from tests.performance.lean_viewer import LeanViewers, posts_of
from tests.performance.usage import cpu_seconds
from tests.performance.whole_path import SETTLE, SIMULATOR, api_token, parts_of, quantile
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

EACH = 100
"""Streams of one person, as many as an account may run."""
START_SECONDS = 60.0
"""Seconds for the streams to run."""
REST_SECONDS = 20.0


class StreamsRound(msgspec.Struct, frozen=True):
    """One round; `due` and `counted` are posts of all streams, latencies those of one in ms."""

    streams: int
    rate: float
    """Posts that the simulator sent a second."""
    due: int
    counted: int
    p50: float
    p99: float
    cpu: dict[str, float]
    """Percent of one core by part."""


def run(numbers: Sequence[int], rate: float, seconds: float, rounds: int) -> list[StreamsRound]:
    """Measure each number of streams in interleaved rounds."""
    found = []
    for number in range(rounds):
        for count in numbers:
            print(f"round {number + 1} of {rounds}, {count} streams", flush=True)
            found.append(measure(count, rate, seconds))
            print(f"  {found[-1]}", flush=True)
    return found


def measure(count: int, rate: float, seconds: float) -> StreamsRound:
    """Run one system; the posts of all streams come one after the other, without captures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR, SENTIMENT_SPEED="fast")) as weir,
        _people(weir, count) as people,
    ):
        return _measure(weir, people, count, rate, seconds, Path(folder))


@contextmanager
def _people(weir: Weir, count: int) -> Iterator[list[Person]]:
    """Yield people with so many streams, which run.

    The streams are written into the database: over the API one person starts one a second, and
    Weir keeps some of X's 1,000 rules for newcomers.
    """
    with ExitStack() as stack:
        store = Store.open(f"sqlite:///{weir.data_dir / 'weir.db'}")
        stack.callback(store.engine.dispose)
        people = []
        for first in range(0, count, EACH):
            people.append(stack.enter_context(Person(weir.url, f"bench{first}")).sign_in())
            account_id = people[-1].call("GET", "/me")["id"]
            for number in range(first, min(first + EACH, count)):
                made = store.streams.create(
                    account_id, f"topic{number}", Filter(f"topic{number}"), now_ms()
                )
                store.streams.edit(made.id, account_id, now_ms(), wanted=Wanted.RUNNING)
        for person in people:
            wait_until(partial(_all_run, person), START_SECONDS, "all streams to run")
        print(f"  {count} streams run", flush=True)
        yield people


def _streams(person: Person) -> Any:
    return person.call("GET", f"/streams?limit={EACH}")["items"]


def _all_run(person: Person) -> bool:
    return all(each["status"]["state"] == "running" for each in _streams(person))


def _measure(
    weir: Weir,
    people: Sequence[Person],
    count: int,
    rate: float,
    seconds: float,
    folder: Path,
) -> StreamsRound:
    upstream = Upstream(weir.simulator_url)
    room = api_token(people[0]), _streams(people[0])[0]["id"]
    viewers = LeanViewers(weir.url, [room], 1, folder)
    upstream.prepare(
        round(rate * (SETTLE + seconds)), [f"topic{number}" for number in range(count)]
    )
    parts = parts_of(weir)
    upstream.rate(rate)
    time.sleep(SETTLE)
    began, before = time.time(), cpu_seconds(parts)
    time.sleep(seconds)
    spent = time.time() - began
    cpu = {name: used - before[name] for name, used in cpu_seconds(parts).items()}
    upstream.rate(0)
    time.sleep(SETTLE)
    ledger = upstream.ledger()
    sent = {entry["id"]: entry["sent_ms"] for entry in ledger}
    due = sum(len(entry["rules"]) for entry in ledger)  # a quote goes to two streams
    counted = wait_for_rest(people, due)
    arrivals = {post["id"]: at for _, at, packet in viewers.close() for post in posts_of(packet)}
    late = sorted(at - sent[key] for key, at in arrivals.items() if sent[key] >= began * 1000)
    return StreamsRound(
        streams=count,
        rate=sum(began * 1000 <= at < (began + spent) * 1000 for at in sent.values()) / spent,
        due=due,
        counted=counted,
        p50=quantile(late, 0.5),
        p99=quantile(late, 0.99),
        cpu={name: 100 * used / spent for name, used in cpu.items()},
    )


def wait_for_rest(people: Sequence[Person], due: int) -> int:
    """Wait until all posts are in the totals, or for `REST_SECONDS`; returns how many are."""
    deadline = time.monotonic() + REST_SECONDS
    counted = 0
    while counted < due and time.monotonic() < deadline:
        counted = sum(each["totals"]["posts"] for one in people for each in _streams(one))
    return counted


def table(rounds: Sequence[StreamsRound]) -> list[str]:
    """Write the medians by number of streams as a Markdown table."""
    names = ("collector", "tagger", "redis", "web", "simulator")
    lines = [
        "| streams | sent/s | not counted | p50 | p99 ms "
        "| CPU: collector · tagger · Redis · web · simulator |",
        "|---|---|---|---|---|---|",
    ]
    for count in sorted({each.streams for each in rounds}):
        some = [each for each in rounds if each.streams == count]
        used = " · ".join(f"{median(each.cpu[name] for each in some):.0f}" for name in names)
        lines.append(
            f"| {count} | {median(each.rate for each in some):.0f} "
            f"| {max(each.due - each.counted for each in some)} "
            f"| {median(each.p50 for each in some):.0f} | {median(each.p99 for each in some):.0f} "
            f"| {used} % |"
        )
    return lines
