"""The keeper: looks after sealed segments while captures run: repairs, packs, ships, makes room."""

import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from math import exp
from pathlib import Path

import msgspec

from streams.object_store import ObjectStore
from workers.captures.disk import Disk
from workers.captures.disk_policy import Decision, DiskLimits, DiskState, Running, decide
from workers.captures.packing import pack_segment, packable
from workers.captures.recorder import Recorder
from workers.captures.repair import repair
from workers.captures.settings import Compression
from workers.captures.shipping import Shipper

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between rounds when there is nothing to do."""
REPAIR_EVERY = 60_000
"""Milliseconds between two looks for what a disk that refused has left half-done."""
RATE_MS = 600_000
ROOM_PACKING: Compression = "zstd"


class KeeperSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where segments go and when room is made."""

    ship_to: ObjectStore | None = None
    """None keeps segments here."""
    keep_minutes: float = 10.0
    """How long a shipped segment stays here: a restart reads the newest ids from it."""
    limits: DiskLimits = DiskLimits()
    priorities: Mapping[str, int] = {}
    """By collection; those that are not named have 0. The lowest is stopped first."""


class Keeper:
    """One a machine is enough; two do no harm. `step` does one thing; `start` keeps doing them."""

    def __init__(
        self,
        recorder: Recorder,
        settings: KeeperSettings,
        *,
        on_decision: Callable[[Decision], None] = lambda decision: None,
        disk: Disk | None = None,
        clock: Callable[[], int],
        usage: Callable[[Path], tuple[int, int]] | None = None,
    ) -> None:
        """`on_decision` is told whenever the decision changes, and must do the stopping."""
        self.decision = Decision(None)
        self._recorder = recorder
        self._settings = settings
        self._on_decision = on_decision
        self._disk = disk or Disk()
        self._clock = clock
        self._usage = usage or _usage
        self._shippers: dict[Path, Shipper] = {}
        self._written: dict[str, tuple[int, int]] = {}
        self._rates: dict[str, float] = {}
        self._repaired_at = clock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look after the segments, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End after the step that is being done; what is left is done after the next start."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def faults(self) -> list[str]:
        """Tell what keeps segments from being shipped."""
        return [shipper.fault for shipper in self._shippers.values() if shipper.fault]

    def step(self) -> bool:
        """Do one thing; False when nothing was due. Raises OSError."""
        now = self._clock()
        self._watch_disk(now)
        folders = self._folders()
        if now - self._repaired_at >= REPAIR_EVERY:
            self._repaired_at = now
            for folder in folders:
                repair(self._disk, folder, self._recorder.settings_of(folder.name), now)
        for folder in folders:
            chosen = self._recorder.settings_of(folder.name)
            for data in packable(folder, chosen) if chosen.compression != "none" else []:
                if pack_segment(self._disk, data, chosen.compression):
                    return True
        store = self._settings.ship_to
        return any(self._shipper(folder, store).step(now) for folder in folders if store)

    def _folders(self) -> list[Path]:
        root = self._recorder.root
        return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []

    def _shipper(self, folder: Path, store: ObjectStore) -> Shipper:
        if folder not in self._shippers:
            self._shippers[folder] = Shipper(
                self._disk,
                folder,
                store,
                compression_first=self._recorder.settings_of(folder.name).compression != "none",
                keep_minutes=self._settings.keep_minutes,
            )
        return self._shippers[folder]

    def _watch_disk(self, now: int) -> None:
        free, total = self._usage(self._recorder.root)
        state = DiskState(free, total, self._running(now))
        decision = decide(state, self._settings.limits)
        if decision.level != "ok":
            state = msgspec.structs.replace(state, plain=self._plain())
            decision = decide(state, self._settings.limits)
        if (decision.level, decision.stop) != (self.decision.level, self.decision.stop):
            log.warning("%s", decision.message or "There is room on the disk again.")
            self._on_decision(decision)
        self.decision = decision
        for path in decision.pack[:1]:  # one a step: the disk is looked at again after each
            pack_segment(self._disk, Path(path), ROOM_PACKING)

    def _plain(self) -> tuple[tuple[str, int], ...]:
        """What packing could make smaller."""
        return tuple(
            (str(path), path.stat().st_size)
            for folder in self._folders()
            for path in packable(folder, self._recorder.settings_of(folder.name))
        )

    def _running(self, now: int) -> tuple[Running, ...]:
        """Estimate each capture's rate, two thirds of it from the last ten minutes."""
        running = []
        for writer in self._recorder.writers():
            name, written = writer.collection, writer.written_bytes
            before, at = self._written.get(name, (written, now))
            # A burst at the start is no rate: nothing is to be stopped for it.
            if now - at >= (1_000 if name in self._rates else 60_000):
                rate = max(0, written - before) * 1000 / (now - at)
                weight = 1 - exp((at - now) / RATE_MS) if name in self._rates else 1.0
                self._rates[name] = self._rates.get(name, rate) * (1 - weight) + rate * weight
                self._written[name] = (written, now)
            elif name not in self._written:
                self._written[name] = (written, now)
            priority = self._settings.priorities.get(name, 0)
            running.append(Running(name, self._rates.get(name, 0.0), priority))
        return tuple(running)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                busy = self.step()
            except OSError as error:
                log.warning("segments could not be looked after: %s", error)
                busy = False
            if not busy:
                self._ended.wait(EVERY)


def _usage(root: Path) -> tuple[int, int]:
    """Free and total bytes of the disk that a folder is on, or will be."""
    while not root.exists():
        root = root.parent
    usage = shutil.disk_usage(root)
    return usage.free, usage.total
