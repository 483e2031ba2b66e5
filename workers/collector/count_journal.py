"""The count journal: which posts were taken in, and which of them are not counted yet, on disk.

Two files a slot, to which lines are only added: no write waits for the disk, since only a kill
needs them. The younger becomes the older once it holds enough posts.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from streams import names
from streams.live.minutes import SourceCounts

log = logging.getLogger(__name__)

TRUSTED_SECONDS = 3000
"""Age up to which it says what is not counted: Redis knows a little longer what was relayed."""
MOST_POSTS = 20_000
"""Posts in the younger file, about: more than a source sends again after a kill. Or entries."""


class JournalEntry(msgspec.Struct, frozen=True, array_like=True):
    """Counts under a token, in place of those under the tokens that it replaces; "" counts nothing.

    `posts` are those counted, each with its streams; `until` is when the last was received (ms).
    """

    token: str
    counts: SourceCounts
    replaces: Sequence[str] = ()
    posts: Sequence[tuple[str, tuple[str, ...]]] = ()
    until: int = 0


class TakenBefore(msgspec.Struct):
    """What an earlier collector left: counts that may be lost, by token, and its last posts."""

    uncounted: dict[str, SourceCounts] = {}
    posts: dict[str, set[str]] = {}
    """By stream id, the ids of posts that are counted, or will be by their token."""
    until: int = 0
    """When the last of them was received (ms); 0 when nothing is known."""


class CountJournal:
    """A disk that refuses costs this proof, nothing else. Several threads may write."""

    def __init__(self, data_dir: Path, slot: str) -> None:
        self._young = names.slot_path(data_dir, slot, ".counts")
        self._old = names.slot_path(data_dir, slot, ".counts.old")
        self._lock = threading.Lock()
        self._posts = self._entries = 0
        self._refused = False

    def read(self) -> TakenBefore:
        """Return what an earlier collector left; lines that are torn are left away."""
        found, posts = TakenBefore(), defaultdict[str, set[str]](set)
        for path in filter(Path.exists, (self._old, self._young)):
            found.uncounted = {}  # each begins with what was not counted then
            self._posts = self._entries = 0
            for entry in _entries(path):
                found.uncounted[entry.token] = entry.counts
                for token in ("", *entry.replaces):
                    found.uncounted.pop(token, None)
                for post_id, stream_ids in entry.posts:
                    for stream_id in stream_ids:
                        posts[stream_id].add(post_id)
                found.until = entry.until or found.until  # a clock may have been set back
                self._posts += len(entry.posts)
                self._entries += 1
        if time.time() - max(map(_changed_at, (self._old, self._young))) > TRUSTED_SECONDS:
            found.uncounted = {}
        found.posts = dict(posts)
        return found

    def append(self, entry: JournalEntry) -> None:
        """Add an entry."""
        with self._lock:
            try:
                self._append(entry)
            except OSError as error:
                self._refuse(error)

    def save(self, counted: Sequence[str], entries: Mapping[str, SourceCounts]) -> None:
        """Record which tokens have been counted, and begin a new file with the rest when due.

        The caller sees to it that nothing is appended before this is done.
        """
        with self._lock:
            try:
                if counted and not self._refused:
                    self._append(JournalEntry("", SourceCounts(0, {}), counted))
                if self._refused or max(self._posts, self._entries) >= MOST_POSTS:
                    self._turn(entries)
            except OSError as error:
                self._refuse(error)

    def remove(self) -> None:
        """Delete what was recorded."""
        with self._lock, suppress(OSError):
            for path in (self._old, self._young):
                path.unlink(missing_ok=True)

    def _append(self, entry: JournalEntry) -> None:
        self._posts += len(entry.posts)
        self._entries += 1
        descriptor = self._open_young()
        try:
            os.write(descriptor, b"\n" + msgspec.json.encode(entry))  # after what a kill tore
        finally:
            os.close(descriptor)

    def _open_young(self) -> int:
        """Open the younger file; each call of the system lets another thread take its turn."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(self._young, flags, 0o666)
        except FileNotFoundError:
            self._young.parent.mkdir(mode=0o700, exist_ok=True)
            return os.open(self._young, flags, 0o666)

    def _turn(self, entries: Mapping[str, SourceCounts]) -> None:
        lines = [b"\n" + msgspec.json.encode(JournalEntry(*each)) for each in entries.items()]
        self._young.parent.mkdir(mode=0o700, exist_ok=True)
        part = self._young.with_name(self._young.name + ".part")
        part.write_bytes(b"".join(lines))
        if self._young.exists():
            self._young.replace(self._old)
        part.replace(self._young)
        self._posts = self._entries = 0
        self._refused = False

    def _refuse(self, error: OSError) -> None:
        if not self._refused:
            log.warning("%s cannot be written: %s", self._young, error)
        self._refused = True


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _entries(path: Path) -> Iterator[JournalEntry]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        log.warning("%s cannot be read: %s", path, error)
        return
    for line in filter(None, lines):
        try:
            yield msgspec.json.decode(line, type=JournalEntry)
        except msgspec.DecodeError:
            log.warning("%s: a line is torn, so what it counts is not known", path)
