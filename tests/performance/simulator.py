"""How many posts a second the simulator delivers to one connection, and at what cost.

Run as `python -m tests.performance.simulator [--seconds 10]`. Prints one line a run; nothing here
passes or fails. The reader is another process than the simulator. Every run compares what arrived
with the simulator's ledger, id for id.
"""

import argparse
import logging
import os
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
import tweepy

from tests.simulator.double import App, Double

# Matches nine of ten made-up posts, as a word list of a real capture might.
BROAD = (
    "(the OR a OR in OR of OR is OR on OR at OR my OR to OR for OR this OR i OR it OR so OR you "
    "OR we OR that OR with OR are OR was OR great OR love OR what OR from OR by OR be OR today "
    "OR open OR day OR me)"
)
NARROW = [
    "coffee lang:en",
    '"golden gate"',
    "#football -is:retweet",
    "rain place_country:GB",
    "bounding_box:[-3.889 40.312 -3.518 40.644] (a OR the)",
    "traffic OR commute",
    "from:nobody",
    "music has:geo",
    "cats OR dogs",
    '"worst ever"',
]
FIELDS = {
    "tweet.fields": "author_id,created_at,entities,geo,lang,note_tweet,public_metrics,"
    "referenced_tweets",
    "expansions": "author_id,geo.place_id,referenced_tweets.id",
    "user.fields": "name,profile_image_url,username",
    "place.fields": "country_code,full_name,geo,name,place_type",
}
ID = re.compile(rb'^{"data":{"id":"(\d+)"')


class PlainReader:
    """Reads with requests, in large pieces."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.lines: list[bytes] = []

    def run(self) -> None:
        address = f"{self._app.double.base}/2/tweets/search/stream"
        answer = requests.get(
            address, params=FIELDS, stream=True, timeout=30, headers=self._app.headers
        )
        rest = b""
        for data in answer.iter_content(None):
            *whole, rest = (rest + data).split(b"\r\n")
            self.lines += whole

    def stop(self) -> None:
        """The end of the simulator ends it."""


class TweepyReader(tweepy.StreamingClient):  # type: ignore[misc]
    """Reads with Tweepy, raw lines, large pieces."""

    def __init__(self, app: App) -> None:
        super().__init__(app.bearer, chunk_size=65536)
        self._base = app.double.base
        self.lines: list[bytes] = []

    def run(self) -> None:
        self.filter(**{key.replace(".", "_"): names.split(",") for key, names in FIELDS.items()})

    def stop(self) -> None:
        self.disconnect()

    def _connect(self, method: str, endpoint: str, **kwargs: Any) -> Any:
        self.session.headers["Authorization"] = f"Bearer {self.bearer_token}"
        address = f"{self._base}/2/tweets/{endpoint}/stream"
        return tweepy.streaming.BaseStream._connect(self, method, address, **kwargs)

    def on_data(self, raw_data: bytes) -> None:
        self.lines.append(raw_data)


def cpu_seconds(pid: int) -> float:
    """Read how long a process has computed so far."""
    with open(f"/proc/{pid}/stat") as stat:
        parts = stat.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def measure(
    make: Callable[[App], Any], rate: float, rules: list[str], seconds: float, *flags: str
) -> None:
    """Run one simulator at a pace against one reader, and print what came of it."""
    double = Double(*flags)
    app = double.app()
    assert "errors" not in app.add(*((rule, f"t{n}") for n, rule in enumerate(rules)))
    reader = make(app)
    threading.Thread(target=reader.run, daemon=True).start()
    time.sleep(1)
    double.control("POST", "rate", json={"posts_per_second": rate})
    time.sleep(1)
    count, cpu, began = len(reader.lines), cpu_seconds(double.process.pid), time.monotonic()
    time.sleep(seconds)
    count, cpu = len(reader.lines) - count, cpu_seconds(double.process.pid) - cpu
    took = time.monotonic() - began
    double.control("POST", "rate", json={"posts_per_second": 0})
    seen = -1
    while seen != len(reader.lines):
        seen = len(reader.lines)
        time.sleep(1)
    got = [match[1] for match in map(ID.match, reader.lines) if match]
    ledger = requests.get(f"{double.base}/_control/ledger?format=ids", timeout=120)
    sent = ledger.content.split()
    reader.stop()
    double.stop()
    size = sum(map(len, reader.lines)) / max(1, len(reader.lines))
    verdict = "same ids" if got == sent else f"DIFFERENT: {len(got)} of {len(sent)}"
    print(
        f"{make.__name__:13} {len(rules):4} rules  made {rate:6.0f}/s  read {count / took:6.0f}/s"
        f"  cpu {cpu / took:4.0%}  {cpu / max(1, count) * 1e6:4.0f} us/post  {size:.0f} B/line"
        f"  {verdict}",
        flush=True,
    )


def main() -> None:
    """Measure the usual paces, a wide-open one, and a thousand rules."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    logging.disable(logging.ERROR)
    thousand = [BROAD, *NARROW, *(f"nothing{n} OR never{n}" for n in range(989))]
    unpaced = ("--set", 'when_full="hold"')
    for make in (PlainReader, TweepyReader):
        measure(make, 250, [BROAD], seconds)
        measure(make, 1_000, [BROAD, *NARROW], seconds)
        measure(make, 11_000, [BROAD, *NARROW], seconds)
        measure(make, 100_000, [BROAD, *NARROW], seconds, *unpaced)
    measure(PlainReader, 100_000, thousand, seconds, *unpaced)


if __name__ == "__main__":
    main()
