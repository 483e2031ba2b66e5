"""The replay source: a recording that streams again, at its own pace or another."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import redis
from msgspec.structs import replace

from streams.clock import now_ms
from streams.filter import Filter
from streams.live.deletion import erase
from streams.live.report import Connection, Fault
from streams.replay import Replay, ReplayProgress
from streams.settings import settings
from streams.store.replays import Replays
from streams.store.segments import SegmentRecord
from streams.stream import Stream
from workers import resources
from workers.captures.segments.compression import WINDOW
from workers.captures.segments.timestamps import iso
from workers.collector.recent_ids import RecentIds
from workers.lifecycle.outage_log import OutageLog
from workers.replay.pace import ReplayPace
from workers.replay.recording import (
    Entry,
    Reading,
    ReadingOrder,
    RecordingError,
)
from workers.replay.recording_process import ReaderEndedError, RecordingProcess
from workers.replay.segment_reader import SegmentArchive
from workers.sources.local_match import LocalMatch
from workers.sources.source import (
    Arrival,
    Followed,
    Link,
    Outage,
    Receive,
    Received,
    Skipped,
)

log = logging.getLogger(__name__)

MOST_SHOWN = 200_000
"""Posts of a replay that are remembered, at least, to be taken back."""
TakeBack = Callable[[str, Sequence[str]], None]
"""Takes a stream id and ids of posts, and removes them from dashboards; raises RedisError."""
Read = Callable[[ReadingOrder, threading.Event], Reading]
"""Begins to read a recording; the event ends that."""
MEMORY = 1 << 30
"""Bytes that reading may take, where nobody says otherwise."""
MOST_ATTEMPTS = 3
"""How often a process may end at the same place of the recording."""
LOOK = 0.5
"""Seconds between two looks at whether the replay is still wanted, in a long silence."""


class _Position(msgspec.Struct, frozen=True):
    """Lines of the recording that are done once a post is taken, and when it was received (ms)."""

    lines: int
    moment: int


class ReplaySource:
    """Implements Source for one stream and one run of it; begin another with another source."""

    def __init__(
        self,
        data_dir: Path,
        replays: Replays,
        archive: SegmentArchive | None = None,
        take_back: TakeBack | None = None,
        window: int = WINDOW,
        memory: int = MEMORY,
        read: Read = RecordingProcess,
    ) -> None:
        """Without an archive, only what lies on this machine is played.

        `take_back` removes posts that the recording deletes from dashboards; `window` is how much
        memory (bytes) a zstd file may ask for, and `memory` what reading may take.
        """
        self._read = read
        self._memory = memory
        self._ended_early = 0
        self._archive = archive
        self._window = window
        self._withdrawals = Withdrawals(take_back) if take_back else None
        self._known: list[SegmentRecord] = []
        self._folder: str | None = None
        self._data_dir = data_dir
        self._replays = replays
        self._stream: Stream | None = None
        self._match = LocalMatch(Filter(languages=()))
        self._reading: Reading | None = None
        self._under_way = 0
        self._handed_lines = 0
        """Lines of the recording that were handed on or passed over by this source."""
        self._progress = ReplayProgress("", 0, 0)
        self._settled: ReplayProgress | None = None
        self._written: ReplayProgress | None = None
        self._outcome: Fault | None = None
        self._lock = threading.Lock()
        self._begun = threading.Event()
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._ended = threading.Event()
        """Set at the end of the recording, or when it cannot be played further."""
        self._closed = False
        self._connected_at: int | None = None
        self._last_line_at: int | None = None

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        """Play the stream that is wanted, and hold while none is. Raises StoreError."""
        if not wanted:
            self._wanted.clear()
            return {}
        (stream,) = wanted
        if self._stream is None:
            self._begin(stream)
        elif stream.plan.replay != self._stream.plan.replay:
            self._closed = True  # begun anew: that is another source's
            return {}
        if self._stream != stream:
            self._match = LocalMatch(stream.filter)
            self._stream = stream
        self._wanted.set()
        return {stream.id: Followed(stream.generation, note=self._current().said)}

    def run(self, receive: Receive) -> None:
        """Hand on post after post when it is due, until the end of the recording or `stop`."""
        while not self._begun.wait(LOOK):
            if self._stopped.is_set():
                return
        try:
            self._play(receive)
        except RecordingError as error:
            self._end(Fault(error.code, str(error)))
        except Exception:
            log.exception("a replay broke")
            self._end(Fault("replay_broke", "The replay broke, and why has been logged here."))

    def taken(self, position: object) -> None:
        """Record how far the replay has come: `position` went out with the post."""
        if isinstance(position, _Position):
            with self._lock:
                self._under_way -= 1
                self._progress = replace(
                    self._progress,
                    lines=position.lines,
                    posts=self._progress.posts + 1,
                    moment=position.moment,
                )

    def outages(self) -> tuple[Outage, ...]:
        """A recording is there or not: nothing is missed in between."""
        return ()

    def link(self) -> Link:
        """Tell the state: connected also in long silences, closed when all has been read."""
        done = self._ended.is_set() and not self._under_way
        state: Connection = "connected" if self._begun.is_set() else "connecting"
        return Link(
            "closed" if done or self._closed else state,
            connected_at=self._connected_at,
            last_line_at=self._last_line_at,
        )

    def commit(self, everything: bool) -> None:
        """Record the position up to which everything is on disk. Raises StoreError."""
        if not self._begun.is_set():
            return
        now = self._current()
        if everything and self._ended.is_set() and not self._under_way:
            now = replace(now, ended_at=now_ms(), fault=self._outcome)
        safe, self._settled = (now if everything else self._settled), now
        if safe is not None and safe != self._written:
            self._replays.write(safe)
            self._written = safe

    def stop(self) -> None:
        """End `run`, also in a silence."""
        self._stopped.set()

    def _begin(self, stream: Stream) -> None:
        replay = _of(stream)
        known = self._replays.get(stream.id)
        if known is None or known.run != replay.run:
            known = ReplayProgress(stream.id, replay.run, now_ms())
        if self._archive is not None and replay.collection is not None:
            self._known = self._archive.known(stream.account_id, replay.collection)
            self._folder = self._archive.folder(stream.account_id, replay.collection)
        self._progress = known
        self._stream = stream
        self._match = LocalMatch(stream.filter)
        self._connected_at = now_ms()
        self._closed = known.has_ended(replay)
        if not self._closed:
            self._begun.set()

    def _play(self, receive: Receive) -> None:
        """Read to the end, beginning again where a process that was killed left off."""
        attempts, skip = 1, self._progress.lines
        while True:
            try:
                self._play_from(skip, receive)
            except ReaderEndedError as error:
                attempts = attempts + 1 if self._handed_lines <= skip else 1
                skip = max(skip, self._handed_lines)
                self._ended_early += 1
                log.warning("%s It is read again from line %d on.", error, skip + 1)
                if attempts > MOST_ATTEMPTS:
                    text = f"{error} Weir tried {MOST_ATTEMPTS} times."
                    raise RecordingError("reader_ended", text) from None
            else:
                return

    def _play_from(self, skip: int, receive: Receive) -> None:
        if self._stream is None:
            raise LookupError("a replay began without a stream")
        replay = _of(self._stream)
        self._reading = reading = self._read(self._order(self._stream, skip), self._stopped)
        pace = ReplayPace(replay.speed)
        with closing(reading.entries()) as entries:
            for entry in entries:
                if self._stopped.is_set():
                    return
                if not self._is_due(entry, replay):
                    self._pass(entry.lines)
                elif self._wait(pace, entry.received_at):
                    self._withdraw()
                    self._hand(entry, receive)
                self._handed_lines = entry.lines
                self._note_withdrawn(reading)
        self._note_withdrawn(reading)
        while not self._withdraw() and not self._stopped.wait(LOOK):
            pass
        if self._stopped.is_set():
            return
        self._pass(reading.lines)
        self._end(None)

    def _order(self, stream: Stream, skip: int) -> ReadingOrder:
        return ReadingOrder(
            data_dir=str(self._data_dir),
            account_id=stream.account_id,
            replay=_of(stream),
            began_at=self._progress.began_at,
            skip=skip,
            window=self._window,
            memory=self._memory,
            folder=self._folder,
            known=self._known,
            object_store=self._archive.store if self._archive else None,
        )

    def _is_due(self, entry: Entry, replay: Replay) -> bool:
        if entry.is_deleted:
            return False  # it is kept, and shown to nobody
        moment = entry.received_at
        if not (replay.since or 0) <= moment < (replay.until or 1 << 62):
            return False
        return self._match.matches(entry.delivery)

    def _wait(self, pace: ReplayPace, moment: int) -> bool:
        """Wait until a line is due and wanted; False when stopped."""
        while not self._stopped.is_set():
            if not self._wanted.is_set():
                self._wanted.wait(LOOK)
                pace.go_on()
            elif (left := pace.wait(moment, time.monotonic())) > 0:
                self._stopped.wait(min(left, LOOK))
            else:
                return True
        return False

    def _note_withdrawn(self, reading: Reading) -> None:
        """Note what the lines after the last post take back: it is due with the next post."""
        if self._withdrawals is not None:
            self._withdrawals.note(reading.taken_back)
        reading.taken_back.clear()

    def _withdraw(self) -> bool:
        """Take back what is due; False when it has to be tried again."""
        if self._withdrawals is None or self._stream is None:
            return True
        return self._withdrawals.carry_out(self._stream.id)

    def _hand(self, entry: Entry, receive: Receive) -> None:
        now = now_ms()
        post = entry.delivery.post
        if self._withdrawals is not None:
            self._withdrawals.shown.add(post.id)
        post.received_at = now
        stream = self._stream
        content: Arrival | Skipped = Skipped("unrouted")
        if stream is not None:
            content = Arrival(post, (stream.id,), version=entry.version)
        with self._lock:
            self._under_way += 1
        self._last_line_at = now
        position = _Position(entry.lines, entry.received_at)
        receive(Received(entry.payload, now, content, position))

    def _pass(self, lines: int) -> None:
        """Count lines that hold nothing wanted, unless posts before them are still on their way."""
        with self._lock:
            if not self._under_way:
                self._progress = replace(self._progress, lines=lines)

    def _end(self, fault: Fault | None) -> None:
        self._outcome = fault
        self._ended.set()

    def _current(self) -> ReplayProgress:
        """Return how far it has come, in numbers and in words."""
        with self._lock:
            progress = self._progress
        reading = self._reading
        if reading is None:
            return progress
        share = round(1.0 if self._ended.is_set() else reading.share, 3)
        parts = [f"{share:.0%}", f"{progress.posts:,} posts"]
        if progress.moment:  # 0 where no line says when it was received or written
            parts.append(f"at {iso(progress.moment)[:19].replace('T', ' ')} UTC of the recording")
        if passed := reading.summary():
            parts.append(f"passed over: {passed}")
        if self._ended_early:
            parts.append(f"its reader was killed and started again: {self._ended_early}")
        return replace(progress, share=share, said=" · ".join(parts))


class Withdrawals:
    """Posts that a recording showed and then took back, by deletions in its files."""

    def __init__(self, take_back: TakeBack) -> None:
        self.shown = RecentIds(MOST_SHOWN)
        """Posts that were handed on, as far as they are remembered."""
        self._take_back = take_back
        self._due: list[str] = []
        self._outage = OutageLog(log, "the replay goes on and takes posts back later")

    def note(self, ids: Sequence[str]) -> None:
        """Remember what to take back of the posts that were shown."""
        self._due += [each for each in ids if each in self.shown]

    def carry_out(self, stream_id: str) -> bool:
        """Take back what is due; False when Redis does not answer."""
        if not self._due:
            return True
        try:
            self._take_back(stream_id, self._due)
        except redis.exceptions.RedisError as error:
            self._outage.failed(error)
            return False
        self._outage.succeeded()
        self._due = []
        return True


def _of(stream: Stream) -> Replay:
    if stream.plan.replay is None:
        raise LookupError(f"stream {stream.id} says not what to replay")
    return stream.plan.replay


def open_source(_slot: str) -> ReplaySource:
    """Make the source of one replay, with what this process shares."""
    return ReplaySource(
        settings().data_dir,
        resources.store().replays,
        resources.archive(),
        _take_back,
        int(settings().replay_window),
        int(settings().job_memory),
    )


def _take_back(stream_id: str, ids: Sequence[str]) -> None:
    erase(resources.live(), stream_id, ids, (), now_ms())
