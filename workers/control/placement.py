"""Placement: gives movable streams a machine, and another one when that stays silent."""

import logging
from collections.abc import Sequence

import redis

from streams.live import heartbeats, machines
from streams.live.lease import Lease, holder_of
from streams.live.report import Fault, SlotReport, StreamReport, read, write
from streams.live.wakeup import wake
from streams.names import ANY, DEFAULT, slot_of
from streams.placement import capacities, choose, load
from streams.running import running_streams
from streams.sources import MOVABLE
from streams.store import Store
from streams.stream import Stream

log = logging.getLogger(__name__)

TURN, TURN_SECONDS = "placement", 10
"""One process at a time places streams: two would both give away the last free slot."""
NO_MACHINE = Fault(
    "no_machine", "No machine is connected. The stream starts as soon as one that has room is."
)
MACHINES_FULL = Fault(
    "machines_full",
    "Every machine that is connected runs as many streams as it takes. "
    "This one starts as soon as one of them ends, or a machine joins.",
)
MACHINE_AWAY = "machine_away"
"""The reason of the gap of a stream that was moved."""


def place(store: Store, client: redis.Redis, away_ms: int, now: int) -> None:
    """Place the wanted streams that have no machine, or one that has been silent for `away_ms`."""
    running = running_streams(store, now)
    movable = [each for each in running if each.source in MOVABLE and each.plan.machine == ANY]
    for connection in dict.fromkeys(each.connection for each in movable):
        asked = [each for each in movable if each.connection == connection]
        lease = Lease.acquire(client, TURN, "placer", TURN_SECONDS)
        if lease is None:
            continue
        try:
            PlacementRound(connection, store, client, away_ms, now).go(running, asked)
        finally:
            lease.release()


class PlacementRound:
    """One round of placing the streams of one connection, at one moment."""

    def __init__(
        self, connection: str, store: Store, client: redis.Redis, away_ms: int, now: int
    ) -> None:
        self._connection = connection
        self._store = store
        self._client = client
        self._away_ms = away_ms
        self._now = now
        self._watched_since = machines.watch(client, now, away_ms // 2)
        known, living = machines.known(client, now), set(heartbeats.alive(client, "collector"))
        self._places = {each.name: each for each in capacities(known)}
        roomy = [each for each in known if each.care.level != "stop"]
        self._near = capacities(each for each in roomy if each.name in living)
        self._reports: dict[str, SlotReport | None] = {}

    def go(self, running: Sequence[Stream], asked: Sequence[Stream]) -> None:
        """Move streams off silent machines, place those that wait, report why others cannot be."""
        taken = load(running)
        waiting: dict[str, StreamReport] = {}
        for stream in asked:
            before = stream.placed_on
            if before is not None and not self._is_away(before):
                continue
            if before is not None:
                self._note_gap(stream, before)
            elif self._may_still_run(stream):
                continue
            chosen = choose([each for each in self._near if each.name != before], taken)
            if chosen is not None:
                taken[chosen] += self._move(stream, before, chosen)
            elif before is None:
                fault = MACHINES_FULL if self._near else NO_MACHINE
                waiting[stream.id] = StreamReport(generation=0, fault=fault)
        write(
            self._client,
            SlotReport(slot_of(self._connection, ANY), "placer", 0, self._now, "idle", waiting),
        )

    def _move(self, stream: Stream, before: str | None, chosen: str) -> bool:
        moved = self._store.streams.place(stream.id, chosen, self._now, instead_of=before)
        if moved:
            log.info("stream %s is placed on %s (before: %s)", stream.id, chosen, before)
            wake(self._client, self._slot(chosen))
        return moved

    def _is_away(self, name: str) -> bool:
        """Whether a machine was silent for long enough, as was watched, and holds no lease."""
        known, report = self._places.get(name), self._report(name)
        spoke_at = max(known.spoke_at if known else 0, report.at if report else 0)
        silent = self._now - max(spoke_at, self._watched_since)
        return silent >= self._away_ms and holder_of(self._client, self._slot(name)) is None

    def _may_still_run(self, stream: Stream) -> bool:
        """Whether a machine may still run the stream: two must never run it at once.

        A machine that is cut off gives the stream up by itself before it counts as away.
        """
        for name in self._places:
            report = self._report(name)
            if report is None or stream.id not in report.streams or report.connection == "closed":
                continue
            heard = self._now - report.at < self._away_ms
            if heard or holder_of(self._client, self._slot(name)) is not None:
                return True
        return False

    def _note_gap(self, stream: Stream, before: str) -> None:
        """Open a gap, once, from the last report of the machine."""
        report = self._report(before)
        mine = report.streams.get(stream.id) if report else None
        if report is not None and (mine is None or mine.fault is not None):
            return
        since = report.at if report else self._watched_since
        for source in stream.sources if stream.further_sources else (None,):
            self._store.gaps.open(stream.id, since, MACHINE_AWAY, source)

    def _report(self, name: str) -> SlotReport | None:
        if name not in self._reports:
            self._reports[name] = read(self._client, self._slot(name))
        return self._reports[name]

    def _slot(self, name: str) -> str:
        return slot_of(self._connection, None if name == DEFAULT else name)
