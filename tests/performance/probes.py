"""Probes: how late viewers get their frames while something slow or hostile happens beside them."""

import gzip
import resource
import socket
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import requests

from tests.performance.lean_viewer import LeanViewers, posts_of
from tests.performance.usage import memory_mb
from tests.performance.whole_path import SETTLE, SIMULATOR, WORDS, api_token, parts_of, quantile
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

SOCKETS = 5_100
VIEWERS = 20
REFILL_SECONDS = 0.5
"""How often a prober opens the sockets anew that the server has ended."""
WRITERS = 20
"""Callers that write while the database is locked."""
BOMB_POSTS = 2_000_000

STALLED = b"POST /token HTTP/1.1\r\nHost: weir\r\nContent-Length: 50\r\n\r\n"
CHUNKED = b"POST /token HTTP/1.1\r\nHost: weir\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n"
SLOW_HEADER = b"GET /healthz HTTP/1.1\r\nX-Slow: "

Until = float
"""The monotonic time at which a probe ends."""


class ProbeRound(msgspec.Struct, frozen=True):
    """One probe: lag (ms) from the simulator's send to the viewers, and what the callers got."""

    probe: str
    seconds: float
    sent: int
    lost: int
    """Posts that a viewer did not get."""
    p50: float
    p99: float
    longest: float
    health: float
    """Longest answer of `/healthz` (ms)."""
    callers: str
    collector_mb: float
    """Most memory of the collector and its children."""


class Crowd:
    """Sockets that each send a beginning and then nothing, or one byte a turn."""

    def __init__(self, url: str, begins: bytes, drips: bytes = b"") -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address = host, int(port)
        self._begins = begins
        self._drips = drips
        self._sockets: list[socket.socket] = []
        self.answers: Counter[str] = Counter()

    def stall(self, until: Until) -> str:
        """Keep SOCKETS sockets open until then; return what became of them."""
        while (left := until - time.monotonic()) > 0:
            self._refill(until)
            time.sleep(min(REFILL_SECONDS, left))
            self._sockets = [each for each in self._sockets if self._stalls(each)]
        self.answers["stalled at the end"] = len(self._sockets)
        for each in self._sockets:
            each.close()
        return _words(self.answers)

    def _refill(self, until: Until) -> None:
        while len(self._sockets) < SOCKETS and time.monotonic() < until:
            made = socket.socket()
            made.settimeout(1)
            try:
                made.connect(self._address)
                made.sendall(self._begins)
            except OSError as error:
                made.close()
                self.answers[type(error).__name__] += 1
                return
            made.setblocking(False)
            self._sockets.append(made)

    def _stalls(self, made: socket.socket) -> bool:
        """Return whether a socket still waits; count what it was answered if not."""
        try:
            found = made.recv(12)
            self.answers[found[9:].decode() or "closed"] += 1
        except BlockingIOError:
            with suppress(OSError):
                made.send(self._drips)
                return True
        except OSError as error:
            self.answers[type(error).__name__] += 1
        made.close()
        return False


def run(seconds: float, long_lock: float, rounds: int) -> list[ProbeRound]:
    """Probe one system again and again; `long_lock` is the seconds of the longer lock."""
    _raise_file_limit()
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Weir(Path(folder), simulator=SIMULATOR)) as weir,
        Person(weir.url, "bench").sign_in() as person,
    ):
        probes: dict[str, tuple[float, Callable[[Until], str]]] = {
            "nothing": (seconds, lambda until: ""),
            f"{SOCKETS:,} bodies that never come": (seconds, Crowd(weir.url, STALLED).stall),
            f"{SOCKETS:,} chunked bodies": (seconds, Crowd(weir.url, CHUNKED).stall),
            f"{SOCKETS:,} slow headers": (seconds, Crowd(weir.url, SLOW_HEADER, b"x").stall),
            "database locked": (seconds, lambda until: _lock(weir, person, until)),
            "database locked long": (long_lock, lambda until: _lock(weir, person, until)),
            "bomb": (seconds, lambda until: _bomb(weir, person, until)),
        }
        found = []
        for number in range(rounds):
            for name, (length, probe) in probes.items():
                print(f"round {number + 1} of {rounds}, {name}", flush=True)
                found.append(measure(weir, person, Path(folder), name, length, probe))
                print(f"  {found[-1]}", flush=True)
        return found


def measure(
    weir: Weir,
    person: Person,
    folder: Path,
    name: str,
    seconds: float,
    probe: Callable[[Until], str],
) -> ProbeRound:
    """Watch one stream at 100 posts a second while a probe runs."""
    upstream = Upstream(weir.simulator_url)
    stream_id = person.start(keywords=WORDS)
    wait_until(lambda: person.state(stream_id) == "running", 30, "the stream to run")
    viewers = LeanViewers(weir.url, [(api_token(person), stream_id)], VIEWERS, folder)
    upstream.clear_ledger()
    upstream.rate(100)
    time.sleep(SETTLE)
    watch = Watch(weir)
    began = time.time()
    callers = probe(time.monotonic() + seconds)
    time.sleep(max(0.0, began + seconds - time.time()))
    ended = time.time()
    watch.end()
    upstream.rate(0)
    time.sleep(SETTLE)
    sent = [
        (post["id"], post["sent_ms"])
        for post in upstream.ledger()
        if began * 1000 <= post["sent_ms"] < ended * 1000
    ]
    arrivals = {
        (viewer, post["id"]): at
        for viewer, at, packet in viewers.close()
        for post in posts_of(packet)
    }
    pairs = [((viewer, key), at) for key, at in sent for viewer in range(VIEWERS)]
    late = sorted(arrivals[key] - at for key, at in pairs if key in arrivals)
    wait_until(lambda: person.ask("POST", f"/streams/{stream_id}/stop").ok, 60, "the stream to end")
    return ProbeRound(
        probe=name,
        seconds=ended - began,
        sent=len(sent),
        lost=len(pairs) - len(late),
        p50=quantile(late, 0.5),
        p99=quantile(late, 0.99),
        longest=late[-1] if late else float("nan"),
        health=watch.health,
        callers=callers,
        collector_mb=watch.collector_mb,
    )


class Watch:
    """Asks for the health of the web process and the collector's memory, twice a second."""

    def __init__(self, weir: Weir) -> None:
        self.health = self.collector_mb = 0.0
        self._weir = weir
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        collector = {"collector": parts_of(self._weir)["collector"]}
        while not self._ended.wait(0.5):
            asked = time.monotonic()
            with suppress(requests.RequestException):
                requests.get(self._weir.url + "/healthz", timeout=60)
            self.health = max(self.health, 1000 * (time.monotonic() - asked))
            self.collector_mb = max(self.collector_mb, memory_mb(collector)["collector"])


def _lock(weir: Weir, person: Person, until: Until) -> str:
    """Hold the write lock of the database while people write and look."""
    answers: Counter[str] = Counter()
    slowest = 0.0

    def write(number: int) -> None:
        nonlocal slowest
        http = requests.Session()
        http.headers.update(person.http.headers)
        http.cookies.update(person.http.cookies)
        calls = [("POST", "/streams", {"filter": {"word": "a"}}), ("GET", "/streams", None)]
        method, path, body = calls[number % 2]
        while time.monotonic() < until:
            asked = time.monotonic()
            try:
                url = f"{weir.url}/api/v1{path}"
                answer = http.request(method, url, json=body, timeout=60)
                answers[f"{method} {answer.status_code}"] += 1
            except requests.RequestException as error:
                answers[type(error).__name__] += 1
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.25)

    with closing(sqlite3.connect(weir.data_dir / "weir.db", isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout=10000")
        other.execute("BEGIN IMMEDIATE")
        writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
        for each in writers:
            each.start()
        time.sleep(max(0.0, until - time.monotonic()))
        other.execute("ROLLBACK")
    for each in writers:
        each.join()
    return f"{_words(answers)}; slowest {slowest:.1f} s"


def _bomb(weir: Weir, person: Person, until: Until) -> str:
    """Upload a small file that unpacks to very much, and replay it."""
    line = b'{"data":{"id":"1","text":"a","created_at":"2026-01-01T00:00:00.000Z"}}\n'
    packed = gzip.compress(line * BOMB_POSTS)
    answer = person.http.post(
        f"{weir.url}/api/v1/replays/files?name=bomb.jsonl.gz", data=packed, timeout=60
    )
    said = [f"{len(packed):,} bytes that unpack to {len(line) * BOMB_POSTS:,}"]
    said.append(f"upload {answer.status_code}")
    if answer.ok:
        body = {"file": answer.json()["file"], "speed": 0}
        made = person.ask("POST", "/replays", body)
        said.append(f"replay {made.status_code}")
        if made.ok:
            started = person.ask("POST", f"/streams/{made.json()['id']}/start")
            said.append(f"start {started.status_code}")
            time.sleep(max(0.0, until - time.monotonic()))
            status = person.call("GET", f"/streams/{made.json()['id']}")["status"]
            said.append(f"then {status['state']} {(status['fault'] or {}).get('code', '')}".strip())
            person.ask("DELETE", f"/streams/{made.json()['id']}")
    return ", ".join(said)


def _raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most < SOCKETS + 500:
        print(f"probes: only {most:,} files may be open, so fewer sockets are", flush=True)


def _words(answers: Counter[str]) -> str:
    return ", ".join(f"{count:,} × {what}" for what, count in answers.most_common())


def table(rounds: Sequence[ProbeRound]) -> list[str]:
    """Write every round as a Markdown table."""
    lines = [
        "| probe | s | posts × viewers | not shown | p50 | p99 | longest ms "
        "| `/healthz` longest ms | collector MB | what the callers got |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {each.probe} | {each.seconds:.0f} | {each.sent} × {VIEWERS} | {each.lost} "
        f"| {each.p50:.0f} | {each.p99:.0f} | {each.longest:.0f} | {each.health:.0f} "
        f"| {each.collector_mb:.0f} | {each.callers} |"
        for each in rounds
    ]
