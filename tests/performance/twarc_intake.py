"""Measures what a post costs `twarc2 stream`, which keeps posts in a file and shows nothing.

Run: python -m tests.performance.twarc_intake --python PATH [--rates 500 2000] [--seconds 10]
PATH is a Python in whose environment `twarc` is installed. The collector's figure beside it is that
of the whole path: `python -m tests.performance --part whole-path`.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import requests

from bin.launcher.ports import answers, free_port
from tests.performance.usage import process_seconds
from tests.performance.whole_path import SETTLE, SIMULATOR, WORDS, WRITTEN_AHEAD
from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until

RULE = " OR ".join(f'"{word}"' for word in WORDS)
CLIENT = """
import json, sys
import requests
from twarc.client2 import Twarc2

base, token, path = sys.argv[1:]
send = requests.Session.request

def to_simulator(session, method, url, **kwargs):
    return send(session, method, url.replace("https://api.twitter.com", base), **kwargs)

requests.Session.request = to_simulator
with open(path, "w") as file:
    for post in Twarc2(bearer_token=token).stream():
        file.write(json.dumps(post) + "\\n")
        file.flush()
"""
"""As `twarc2 stream` does it (one line a post, flushed), sent to the simulator instead of to X."""


class IntakeRound(msgspec.Struct, frozen=True):
    """Posts that were sent and kept in one round, and the CPU that twarc used."""

    wanted: float
    sent: int
    kept: int
    seconds: float
    cpu: float
    """Seconds."""


def main() -> None:
    """Print sent, kept and microseconds of CPU a post at each rate, as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rates", type=float, nargs="+", default=[500, 2000, 6000])
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    print("\n".join(table(run(options.python, options.rates, options.seconds))))


def run(python: str, rates: Sequence[float], seconds: float) -> list[IntakeRound]:
    """Measure each rate once."""
    found = []
    for rate in rates:
        sent, kept, used = measure(python, rate, seconds)
        found.append(IntakeRound(rate, sent, kept, seconds, used))
        print(f"  {found[-1]}", flush=True)
    return found


def table(rounds: Sequence[IntakeRound]) -> list[str]:
    """Write every round as a Markdown table."""
    return [
        "| asked/s | sent | kept | CPU | µs a post |",
        "|---|---|---|---|---|",
        *(
            f"| {each.wanted:g} | {each.sent} | {each.kept} "
            f"| {100 * each.cpu / each.seconds:.0f} % "
            f"| {1e6 * each.cpu / max(1, each.kept):.0f} |"
            for each in rounds
        ),
    ]


def measure(python: str, rate: float, seconds: float) -> tuple[int, int, float]:
    """Run it against a simulator of its own; returns posts sent and kept, and CPU seconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Processes(Path(folder) / "output")) as processes,
    ):
        port = free_port()
        env = clean(Path(folder) / "data")
        words = " ".join(["python", "-m", "simulator", "--port", str(port), *SIMULATOR])
        processes.start("simulator", words, env)
        wait_until(lambda: answers("127.0.0.1", port), 30, "the simulator to serve")
        url = f"http://127.0.0.1:{port}"
        token = _token(url)
        path = Path(folder) / "posts.jsonl"
        client = processes.start("twarc", [python, "-c", CLIENT, url, token, str(path)], env)
        wait_until(lambda: _connected(url), 30, "twarc to connect")
        upstream = Upstream(url)
        if rate > WRITTEN_AHEAD:
            upstream.prepare(round(rate * (SETTLE + seconds)))
        upstream.rate(rate)
        time.sleep(SETTLE)
        before, lines = process_seconds(client.pid), _lines(path)
        first = len(upstream.ledger())
        time.sleep(seconds)
        used, kept = process_seconds(client.pid) - before, _lines(path) - lines
        return len(upstream.ledger()) - first, kept, used


def _token(url: str) -> str:
    """Take a rule that matches nearly everything; returns the token of the app that has it."""
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{url}/oauth2/token", data=form, auth=("k", "s"), timeout=9).json()
    token = str(answer["access_token"])
    requests.post(
        f"{url}/2/tweets/search/stream/rules",
        json={"add": [{"value": RULE, "tag": "bench"}]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=9,
    ).raise_for_status()
    return token


def _connected(url: str) -> bool:
    apps = requests.get(f"{url}/_control/", timeout=9).json()["apps"]
    return any(app["connections"] for app in apps)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


if __name__ == "__main__":
    main()
