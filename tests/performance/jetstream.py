"""Bluesky: every event of a Jetstream read and matched, and what each process costs by it."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from tests.performance.usage import cpu_seconds, process_seconds
from tests.performance.whole_path import SETTLE, captured_ids, parts_of, wait_for_rest
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from tests.simulator.jetstream import Jetstream

WORD = "rain"
SILENT = ("--rate", "0")
NO_RETWEETS = 0.878
"""Share of the made-up posts that the double publishes: it leaves retweets out."""


class JetstreamRound(msgspec.Struct, frozen=True):
    """What one round gave: events and posts that match, `cpu` in percent of one core by part."""

    wanted: float
    events: int
    seconds: float
    matched: int
    lost: int
    doubled: int
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Events a second that the double sent."""
        return self.events / self.seconds


@contextmanager
def running() -> Iterator[Jetstream]:
    """Run a double of Jetstream that publishes what it is told to."""
    jetstream = Jetstream(*SILENT)
    try:
        yield jetstream
    finally:
        jetstream.stop()


def run(rates: Sequence[float], seconds: float, rounds: int) -> list[JetstreamRound]:
    """Measure rounds at these rates, interleaved, each on a system of its own."""
    found = []
    for number in range(rounds):
        for rate in rates:
            print(f"round {number + 1} of {rounds}, {rate:g} events/s", flush=True)
            found.append(measure(rate, seconds))
            print(f"  {found[-1]}", flush=True)
    return found


def measure(rate: float, seconds: float) -> JetstreamRound:
    """Run one system with a captured Bluesky stream of one word, which nobody watches."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running() as jetstream,
        closing(
            Weir(
                Path(folder),
                simulator=SILENT,
                BLUESKY_HOSTS=jetstream.host,
                BLUESKY_API=jetstream.base,
                CAPTURE_MINUTES="1440",
            )
        ) as weir,
        Person(weir.url, "bench").sign_in() as person,
    ):
        return _measure(weir, jetstream, person, rate, seconds)


def _measure(
    weir: Weir, jetstream: Jetstream, person: Person, rate: float, seconds: float
) -> JetstreamRound:
    filter_ = {"word": WORD, "languages": []}
    plan = {"capture": {"collection": "bench"}}
    body = {"source": "bluesky", "filter": filter_, "plan": plan}
    stream_id = person.call("POST", "/streams", body)["id"]
    person.call("POST", f"/streams/{stream_id}/start")
    wait_until(lambda: person.state(stream_id) == "running", 30, "the stream to run")
    parts, double = parts_of(weir), jetstream.process.pid
    jetstream.control("POST", "rate", json={"posts_per_second": rate / NO_RETWEETS})
    time.sleep(SETTLE)
    sent, began = len(jetstream.sent()), time.time()
    before = cpu_seconds(parts) | {"double": process_seconds(double)}
    time.sleep(seconds)
    used, spent = cpu_seconds(parts) | {"double": process_seconds(double)}, time.time() - began
    events = len(jetstream.sent()) - sent
    jetstream.control("POST", "rate", json={"posts_per_second": 0})
    wait_for_rest(person, stream_id)
    person.call("POST", f"/streams/{stream_id}/stop")
    wait_until(
        lambda: person.call("GET", f"/streams/{stream_id}/segments")["items"], 60, "the seal"
    )
    captured = list(captured_ids(capture_folder(weir.data_dir, "bench")))
    published = jetstream.control("GET", "published", params={"word": WORD})["ids"]
    return JetstreamRound(
        wanted=rate,
        events=events,
        seconds=spent,
        matched=len(published),
        lost=len(set(published) - set(captured)),
        doubled=len(captured) - len(set(captured)),
        cpu={name: 100 * (used[name] - before[name]) / spent for name in used},
    )


def table(rounds: Sequence[JetstreamRound]) -> list[str]:
    """Write every round as a line of a Markdown table."""
    names = ("collector", "tagger", "redis", "web", "beat", "double")
    lines = [
        "| events/s | posts that match | lost | doubled | CPU (% of a core): "
        "collector · tagger · Redis · web · beat · double |",
        "|---|---|---|---|---|",
    ]
    for each in sorted(rounds, key=lambda one: one.wanted):
        cpu = " · ".join(f"{each.cpu[name]:.0f}" for name in names)
        lines.append(f"| {each.rate:.0f} | {each.matched} | {each.lost} | {each.doubled} | {cpu} |")
    return lines
