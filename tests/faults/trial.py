"""A trial of one fault: a loaded system, what went in, and what became of every post."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from tests.faults.accounting import Fates, Row, Spans, account, overlap
from tests.faults.lasting_viewer import LastingViewer
from tests.faults.log_repeats import LogRepeats
from tests.faults.segment_ids import ids_of, tail_of
from tests.faults.watcher import Watcher
from tests.rig.capture_folder import capture_folder
from tests.rig.person import Person
from tests.rig.upstream import Upstream
from tests.rig.viewer import Viewer
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir
from workers.captures.segments.manifest import read_manifest
from workers.captures.segments.names import MANIFEST, is_side
from workers.captures.segments.timestamps import ms_of

SIMULATOR = (
    "--rate", "0", "--connect-limit", "100000", "--rule-delay", "0", "--keep-alive", "1",
    # Posts that come while a gap is filled must not push those of the gap out of the search.
    "--set", "corpus=200000",
)  # fmt: skip
SETTINGS = {
    "BACKFILL_WAIT_SECONDS": "2",
    "CAPTURE_MINUTES": "1440",
    "VIEWER_POSTS_PER_SECOND": "100000",
}
WORD = "monsoon"
HEAL_SECONDS = 90.0
"""Seconds within which a system must have recovered once its fault has ended."""
STANDSTILL_SECONDS = 3.0
TICK = 0.1


class Load(threading.Thread):
    """Sends posts of its own to the simulator, connected or not, and remembers when."""

    def __init__(self, upstream: Upstream, rate: float) -> None:
        super().__init__(daemon=True)
        self.sent: dict[str, float] = {}
        """By id, the time (ms) before which the post was not there."""
        self.until: dict[str, float] = {}
        """By id, the time (ms) at which the simulator had dealt with it."""
        self._upstream = upstream
        self._each = max(1, round(rate * TICK))
        self._ended = threading.Event()
        self._held = False
        self._lock = threading.Lock()
        self._number = random.randrange(10**9)

    def run(self) -> None:
        """Send until ended."""
        while not self._ended.wait(TICK):
            self._send(self._each)

    def hold(self, held: bool) -> None:
        """Send nothing until told to go on."""
        with self._lock:
            self._held = held

    def burst(self, times: int) -> None:
        """Send so many times the usual at once, from another thread."""
        self._send(self._each * times)

    def _send(self, count: int) -> None:
        with self._lock:
            if self._held:
                return
            began = time.time() * 1000
            texts = [f"{WORD} number {self._number + at}" for at in range(count)]
            self._number += count
            ids = self._upstream.post(*texts)
            ended = time.time() * 1000
            self.sent |= dict.fromkeys(ids, began)
            self.until |= dict.fromkeys(ids, ended)

    def end(self) -> None:
        """Stop sending."""
        self._ended.set()
        self.join(60)


class Trial:
    """One stream with a capture and a viewer on a system that earlier trials have used."""

    def __init__(self, weir: Weir, case: str, rate: float) -> None:
        self.weir = weir
        self.upstream = Upstream(weir.simulator_url)
        self.person = Person(weir.url, "faults").sign_in()
        self.row = Row(case)
        self.collection = f"{case} {random.randrange(10**6)}"
        self.upstream.heal()
        self.upstream.clear_ledger()
        plan = {"capture": {"collection": self.collection}}
        body = {"filter": {"keywords": [WORD], "languages": []}, "plan": plan}
        self.stream_id = str(self.person.call("POST", "/streams", body)["id"])
        self.load = Load(self.upstream, rate)
        self._log_repeats = LogRepeats(weir.processes.folder)
        self.viewers: list[Viewer] = []
        self.viewer: LastingViewer
        self.watcher: Watcher
        self.fates: Fates | None = None
        """What became of every post, once it has finished."""

    # What a case does.

    def begin(self, seconds: float = 2.0) -> None:
        """Start the stream and the load."""
        self.person.call("POST", f"/streams/{self.stream_id}/start")
        self.wait(lambda: self.state() == "running", "the stream to run")
        self.viewer = LastingViewer(self.person, self.stream_id)
        self.watcher = Watcher(self.person, self.stream_id)
        self.load.start()
        time.sleep(seconds)

    def redis(self) -> redis.Redis:
        """Connect to the system's Redis as its operator."""
        return redis.Redis.from_url(self.weir.env["REDIS_URL"])

    def state(self) -> str:
        """Return the stream's state, or what the web answers instead."""
        answer = self.person.ask("GET", f"/streams/{self.stream_id}")
        return str(answer.json()["status"]["state"]) if answer.ok else str(answer.status_code)

    def says(self, what: str) -> None:
        """Note something that Weir said."""
        if what not in self.row.said:
            self.row.said.append(what)

    def expect(self, holds: bool, what: str) -> None:
        """Note as wrong what was to hold and does not."""
        if not holds:
            self.row.wrong.append(what)

    def must_hear(self, *beginnings: str) -> None:
        """Record as wrong that nothing was said that begins with one of these."""
        self.expect(self.heard(*beginnings), f"nobody said {' or '.join(beginnings)}")

    def heard(self, *beginnings: str) -> bool:
        """Return whether anything was said that begins with one of these."""
        return any(word.startswith(beginnings) for word in list(self.watcher.said))

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = HEAL_SECONDS) -> bool:
        """Wait for a condition; what does not come true in time is noted as wrong."""
        try:
            wait_until(lambda: _unless_away(condition), seconds, what)
        except AssertionError as error:
            self.row.wrong.append(str(error))
            return False
        return True

    # What becomes of it.

    def recover(self) -> None:
        """End the fault, and wait until posts that come later are captured."""
        healed = time.monotonic()
        self.upstream.heal()
        for name in self.weir.parts:
            if not self.weir.processes.is_running(name):
                self.row.wrong.append(f"{name} ended by itself")
                self.weir.start(name)
        self.wait(lambda: self.person.ask("GET", "/me").ok, "the web to answer")
        self.wait(lambda: self.state() == "running", "the stream to run again")
        late = len(self.load.sent)
        self.wait(lambda: self._is_captured_after(late), "posts of a later time")
        self.row.seconds = round(time.monotonic() - healed, 1)

    def finish(self) -> Row:
        """Have it recover, stop it, and compare every post with what was recorded of it."""
        self.recover()
        known = {each["from"] for each in self.gaps()[1]}
        self.load.end()
        self._wait_for_standstill()
        gaps, doubts = self.gaps()
        # To wait until all is counted may take so long that Weir notices, rightly, that none comes,
        # and it dates that back to the last look before, which a frozen Redis puts off.
        doubts = [each for each in doubts if each["to"] or each["from"] in known]
        totals = self._counted()
        self.watcher.stop()
        self.person.call("POST", f"/streams/{self.stream_id}/stop")
        self.wait(lambda: self.state() == "stopped" and not self._open_files(), "the seal")
        self._compare(gaps, doubts, totals)
        self.row.wrong += self._log_repeats.found()
        self.close()
        return self.row

    def check_viewer(self) -> None:
        """Hold the load back until all is counted, and compare that with what the viewer knows."""
        self.load.hold(True)
        self._wait_for_standstill(1.0)
        self._compare_shown(self._counted())
        self.load.hold(False)

    def close(self) -> None:
        """Remove the stream and the viewers."""
        for viewer in self.viewers:
            viewer.close()
        self.viewer.close()
        self.watcher.stop()
        self.person.ask("DELETE", f"/streams/{self.stream_id}")
        self.person.close()

    def gaps(self) -> tuple[Spans, Spans]:
        """Return the gaps and the doubts that Weir recorded."""
        answer = self.person.call("GET", f"/streams/{self.stream_id}/gaps?since=0")
        return answer["items"], answer["doubts"]

    def is_in(self, post_id: str, spans: Spans) -> bool:
        """Return whether a gap, or a doubt, overlaps the time in which the post came and went."""
        return overlap(spans, self.load.sent[post_id], self.load.until[post_id])

    def _in_manifests(self) -> Spans:
        """Return the gaps and doubts that the manifests of the collection record."""
        found = [read_manifest(path.read_bytes()) for path in self.folder().glob("*" + MANIFEST)]
        return [
            {"from": ms_of(span.since), "to": ms_of(span.until or manifest.sealed_at)}
            for manifest in found
            for spans in (manifest.gaps, manifest.doubts)
            for span in spans
        ]

    def _compare(self, gaps: Spans, doubts: Spans, totals: int) -> None:
        row, sent = self.row, self.load.sent.keys()
        delivered = {entry["id"] for entry in self.upstream.ledger()}
        ids = [[post["id"] for post in list(viewer.posts)] for viewer in self.viewers]
        shown = {key for each in ids for key in each} | self.viewer.shown().keys()
        captured = Counter(self._captured())
        self.fates = Fates(
            sent=self.load.sent,
            until=self.load.until,
            delivered=delivered,
            captured=captured,
            shown=shown,
            gaps=gaps,
            doubts=doubts,
            manifests=self._in_manifests(),
        )
        account(row, sent, self.fates)
        counted = len((shown & sent) | captured.keys())
        full = [gap for gap in gaps if gap["reason"] == "disk_full"]  # then live goes on alone
        unwritten = self.fates.outside((shown & sent) - captured.keys(), full)
        self.expect(not unwritten, f"{len(unwritten)} posts were shown and are in no capture")
        row.totals = totals
        self._compare_shown(totals)
        row.said += [word for word in self.watcher.said if word not in row.said]
        row.said += sorted({f"gap {gap['reason']}" for gap in gaps} - set(row.said))
        row.said += sorted({f"doubt {each['reason']}" for each in doubts} - set(row.said))
        self.expect(all(each["to"] for each in gaps), "a gap has not ended")
        self.expect(all(each["to"] for each in doubts), "a doubt has not ended")
        self.expect(totals == counted, f"totals differ by {totals - counted}")
        self.expect(
            all(len(each) == len(set(each)) for each in ids), "a viewer was shown a post twice"
        )

    def _compare_shown(self, totals: int) -> None:
        """Check that the viewer that comes back was shown, or told of, every post in the totals."""
        row, shown, viewer = self.row, self.viewer.shown(), self.viewer
        row.shown, row.left_out, row.missed = len(shown), viewer.left_out(), viewer.missed
        if viewer.was_renumbered():
            self.says("viewer: numbered anew")
            return
        silent = totals - row.shown - row.left_out - row.missed
        self.expect(silent <= 0, f"the viewer was not told of {silent} posts")
        self.expect(shown.total() == len(shown), "the viewer was shown a post twice")

    def _is_captured_after(self, number: int) -> bool:
        later = [post_id.encode() for post_id in list(self.load.sent)[number:]]
        newest = b"".join(tail_of(path) for path in self._open_files())
        return any(post_id in newest for post_id in later)

    def _wait_for_standstill(self, seconds: float = STANDSTILL_SECONDS) -> None:
        """Wait until as many are counted as captured, then until the count stands still."""
        self.wait(lambda: self._counted() >= len(set(self._captured())), "all to be counted")
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < seconds:
            if (now := self._counted()) != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.2)

    def _counted(self) -> int:
        return int(self.person.call("GET", f"/streams/{self.stream_id}")["totals"]["posts"])

    def folder(self) -> Path:
        """Return where the stream is captured."""
        return capture_folder(self.weir.data_dir, self.collection)

    def _open_files(self) -> list[Path]:
        return list(self.folder().glob("*.tmp"))

    def _captured(self) -> list[str]:
        found = [path for path in self.folder().iterdir() if not is_side(path.name)]
        return [post_id for path in found for post_id in ids_of(path)]


def _unless_away(condition: Callable[[], Any]) -> Any:
    """Return what a condition gives, or None while what it asks cannot be reached."""
    try:
        return condition()
    except (OSError, AssertionError):
        return None
