"""When a job was last connected, on disk: the next start opens a gap from then on."""

import hashlib
import logging
from contextlib import suppress
from pathlib import Path

import msgspec

from streams.gap_event import GapEvent
from workers.captures.segments.file_system import FileSystem, write_over
from workers.captures.segments.manifest import GapSpan
from workers.captures.segments.timestamps import ms_of
from workers.captures.segments.writer import SegmentWriter

log = logging.getLogger(__name__)

EVERY = 1000
"""Milliseconds between two writes; a gap may begin earlier by as much."""
REASON = "agent_restarted"
JOB = "job"
"""The one stream of the gap tracker: a job may have several at X."""


class _Note(msgspec.Struct):
    heard_at: int
    gaps: list[GapSpan] = []
    """Gaps that no manifest has yet: nothing was received since."""
    sealed: int = 0
    """Posts of the job in files that were sealed by then, and in earlier runs."""


class ListeningRecord:
    """A file of one job, below the folder of all captures. Its errors stop nothing."""

    def __init__(self, base_dir: Path, job: str) -> None:
        digest = hashlib.sha256(job.encode()).hexdigest()[:16]
        self._path = base_dir / f"{digest}.heard"
        self._file_system = FileSystem()
        self._noted_at = self._proved_at = 0
        self._noted_sealed = -1

    @property
    def gap_reports(self) -> Path:
        """Where gaps wait until the server has them."""
        return self._path.with_suffix(".gaps")

    def sealed(self) -> int:
        """Return the posts that the last run knew in sealed files; 0 when it left no record."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Note).sealed
        except (OSError, ValueError):
            return 0

    def open_gaps(self, writer: SegmentWriter, now: int) -> GapEvent | None:
        """Open and return a gap since the last run, if that run was not stopped on request."""
        try:
            note = msgspec.json.decode(self._path.read_bytes(), type=_Note)
            for gap in note.gaps:
                writer.open_gap(ms_of(gap.since), gap.reason)
                if gap.until is not None:
                    writer.close_gap(ms_of(gap.until), gap.reason)
            left = GapEvent(JOB, min(note.heard_at, now), REASON)
            writer.open_gap(left.at, REASON)
            return left
        except FileNotFoundError:
            pass
        except (OSError, ValueError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read, so no gap is recorded: %s", self._path, error)
        return None

    def note(self, writer: SegmentWriter, now: int, proved_at: int, sealed: int) -> None:
        """Record that the job is connected, once a second and whenever `sealed` changes.

        The next start opens a gap from `proved_at`: what was written until then is on the disk.
        """
        if 0 <= now - self._noted_at < EVERY and sealed == self._noted_sealed:
            return
        self._noted_at, self._proved_at = now, proved_at
        self._write(writer, sealed)

    def note_end(self, writer: SegmentWriter, sealed: int) -> None:
        """Record what was sealed last; the job is not connected any more."""
        if self._noted_at and self._path.exists():
            self._write(writer, sealed)

    def _write(self, writer: SegmentWriter, sealed: int) -> None:
        self._noted_sealed = sealed
        note = _Note(self._proved_at, writer.unreported_gaps(), sealed)
        with suppress(OSError):  # the gap begins earlier, nothing worse
            write_over(self._file_system, self._path, msgspec.json.encode(note))

    def forget(self) -> None:
        """Delete the record: the job is not wanted, so there is no gap."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
