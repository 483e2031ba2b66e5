"""The count journal: what was taken in and not counted yet, on disk, for who follows a kill."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from streams import names
from streams.live.minutes import SourceCounts

log = logging.getLogger(__name__)

TRUSTED_SECONDS = 3000
"""Age up to which it is read: Redis knows for a little longer which batches were relayed."""


class JournalEntry(msgspec.Struct, frozen=True, array_like=True):
    """Counts under a token, in place of those under the tokens that it replaces."""

    token: str
    counts: SourceCounts
    replaces: Sequence[str] = ()


class CountJournal:
    """One file a slot, one line an entry: no write waits for the disk, since only a kill needs it.

    A disk that refuses costs this proof, nothing else. Several threads may write.
    """

    def __init__(self, data_dir: Path, slot: str) -> None:
        self._path = names.slot_path(data_dir, slot, ".counts")
        self._lock = threading.Lock()
        self._refused = False

    def read(self) -> dict[str, SourceCounts]:
        """Return what an earlier collector left, by token; a torn last line is left away."""
        found: dict[str, SourceCounts] = {}
        try:
            if time.time() - self._path.stat().st_mtime > TRUSTED_SECONDS:
                return found
            for line in self._path.read_bytes().splitlines():
                entry = msgspec.json.decode(line, type=JournalEntry)
                found[entry.token] = entry.counts
                for token in entry.replaces:
                    found.pop(token, None)
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read to its end: %s", self._path, error)
        return found

    def append(self, entry: JournalEntry) -> None:
        """Add an entry."""
        with self._lock:
            try:
                self._path.parent.mkdir(mode=0o700, exist_ok=True)
                with self._path.open("ab", buffering=0) as file:
                    file.write(msgspec.json.encode(entry) + b"\n")
            except OSError as error:
                self._refuse(error)

    def rewrite(self, entries: Mapping[str, SourceCounts]) -> None:
        """Replace the file; the caller sees to it that nothing is appended before this is done."""
        lines = [msgspec.json.encode(JournalEntry(*each)) + b"\n" for each in entries.items()]
        with self._lock:
            try:
                self._path.parent.mkdir(mode=0o700, exist_ok=True)
                part = self._path.with_name(self._path.name + ".part")
                part.write_bytes(b"".join(lines))
                part.replace(self._path)
                self._refused = False
            except OSError as error:
                self._refuse(error)

    def _refuse(self, error: OSError) -> None:
        if not self._refused:
            log.warning("%s cannot be written: %s", self._path, error)
        self._refused = True
