"""Does a capture lose anything? `python -m tests.performance.soak --minutes 10 --rate 1000`.

Runs the whole system, captures a stream, and compares the simulator's ledger with the sealed
segments, id for id and in order. Exits with 1 when they differ.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tests.performance.whole_path import WORDS
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

COLLECTION = "soak"


def captured(folder: Path) -> Iterator[str]:
    """Ids in the sealed segments, in the order of the files and of their lines."""
    for path in sorted(folder.glob("*.json")):
        with path.open("rb") as lines:
            for line in lines:
                yield json.loads(line)["__weir"]["id"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.soak")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1000, help="made-up posts a second")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        simulator = ("--rate", "0", "--connect-limit", "1000", "--rule-delay", "0")
        settings = {"CAPTURE_MINUTES": "1"}
        with closing(Weir(Path(folder), simulator=simulator, **settings)) as weir:
            return soak(weir, options.minutes * 60, options.rate)


def soak(weir: Weir, seconds: float, rate: float) -> int:
    """Run for some seconds at a rate, then count."""
    upstream = Upstream(weir.simulator_url)
    with Person(weir.url, "soak").sign_in() as person:
        plan = {"capture": {"collection": COLLECTION}}
        body = {"filter": {"keywords": WORDS}, "plan": plan}
        stream_id = person.call("POST", "/streams", body)["id"]
        person.call("POST", f"/streams/{stream_id}/start")
        wait_until(lambda: person.state(stream_id) == "running", 30, "the stream to run")
        upstream.clear_ledger()
        upstream.rate(rate)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            print(f"\r{left:5.0f} s left", end="", file=sys.stderr, flush=True)
            time.sleep(min(5.0, left))
        upstream.rate(0)
        sent = [entry["id"] for entry in upstream.ledger()]

        def counted() -> int:
            return int(person.call("GET", f"/streams/{stream_id}")["totals"]["posts"])

        wait_until(lambda: counted() >= len(sent), 120, "every post to be counted")
        person.call("POST", f"/streams/{stream_id}/stop")
        files = capture_folder(weir.data_dir, COLLECTION)
        wait_until(lambda: not list(files.glob("*.tmp")), 30, "the last segment to be sealed")
        kept = list(captured(files))
        report(sent, kept, counted(), seconds, len(list(files.glob("*.json"))))
    return 0 if kept == sent else 1


def report(
    sent: Sequence[str], kept: Sequence[str], counted: int, seconds: float, segments: int
) -> None:
    """Print what came out."""
    lost, extra = set(sent) - set(kept), set(kept) - set(sent)
    print(f"\r{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{seconds:.0f} s, {len(sent)} posts delivered ({len(sent) / seconds:.0f}/s)")
    print(f"{len(kept)} captured in {segments} segments, {counted} tagged and counted")
    print(f"lost {len(lost)}, unasked {len(extra)}, doubled {len(kept) - len(set(kept))}")
    print(f"same ids in the same order: {'yes' if list(kept) == list(sent) else 'NO'}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"processor time of all parts that ended: {used.ru_utime + used.ru_stime:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
