"""Gap reports: the gaps of a job that its server does not have yet, on disk through crashes."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workers.captures.segments.file_system import FileSystem, write_over

log = logging.getLogger(__name__)

MAX_REPORTED = 500
"""Gaps in one report; a server takes 1,000."""


class UnsentGap(msgspec.Struct, frozen=True, rename={"started_at": "from", "ended_at": "to"}):
    """A gap as servers take it: ms since the epoch; `to` is null while it lasts."""

    started_at: int
    ended_at: int | None
    reason: str


class _Entry(msgspec.Struct):
    gap: UnsentGap
    was_sent: bool = False
    """Whether the server has it in this form."""


class GapReports:
    """The gaps of one job. A server knows a gap by its start: a report may be repeated."""

    def __init__(self, path: Path) -> None:
        """Read what an earlier run left in the file at `path`, if anything."""
        self._path = path
        self._file_system = FileSystem()
        self._lock = threading.Lock()
        self._entries = _read(path)

    def begin(self, at: int, reason: str) -> None:
        """Record that a gap begins at `at`, unless one is open."""
        with self._lock:
            if all(entry.gap.ended_at is not None for entry in self._entries):
                self._entries.append(_Entry(UnsentGap(at, None, reason)))
                self._save()

    def end(self, at: int) -> None:
        """Record that the open gap, if there is one, ends at `at`."""
        with self._lock:
            for entry in self._entries:
                if entry.gap.ended_at is None:
                    entry.gap = msgspec.structs.replace(
                        entry.gap, ended_at=max(at, entry.gap.started_at)
                    )
                    entry.was_sent = False
                    self._save()

    def add(self, since: int, until: int, reason: str) -> None:
        """Record a gap that is over."""
        with self._lock:
            self._entries.append(_Entry(UnsentGap(since, max(since, until), reason)))
            self._save()

    def pending(self) -> list[UnsentGap]:
        """Return what the server does not have, oldest first."""
        with self._lock:
            return [entry.gap for entry in self._entries if not entry.was_sent][:MAX_REPORTED]

    def confirm(self, sent: Sequence[UnsentGap]) -> None:
        """Record that the server has these; an open one is kept until its end is reported."""
        with self._lock:
            for entry in self._entries:
                entry.was_sent |= entry.gap in sent
            self._entries = [
                entry for entry in self._entries if entry.gap.ended_at is None or not entry.was_sent
            ]
            self._save()

    def _save(self) -> None:
        try:
            if self._entries:
                write_over(self._file_system, self._path, msgspec.json.encode(self._entries))
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning(
                "%s cannot be written; a crash would lose gap reports: %s", self._path, error
            )


def _read(path: Path) -> list[_Entry]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Entry])
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read, so its gaps are not reported: %s", path, error)
        return []
