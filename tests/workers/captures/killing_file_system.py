"""A disk that dies: after so many system calls, perhaps in the middle of a write, perhaps for all
the machine, so that what was not synced goes with it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workers.captures.segments.file_system import FileSystem


class Killed(BaseException):
    """The process ended here; nothing after it ran."""


class QuickDisk(FileSystem):
    """Does not wait for the real disk: tests judge what was asked of it."""

    def fsync(self, descriptor: int) -> None:
        pass

    def sync_folder(self, path: Path) -> None:
        pass


class KillingDisk(FileSystem):
    """Counts calls and dies at the one numbered `at`: before it, or in half of it for a write."""

    def __init__(self, trash: Path, at: int | None = None, half: bool = False) -> None:
        self.calls = 0
        self._at = at
        self._half = half
        self._open: set[int] = set()
        self._synced: dict[int, int] = {}
        self._trash = trash
        trash.mkdir(exist_ok=True)
        self._undo: list[tuple[Path, Callable[[], None]]] = []

    def _step(self) -> None:
        if self._at is not None and self.calls >= self._at:
            self.die()
        self.calls += 1

    def die(self) -> None:
        """Close what the process had open, which frees its claims."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()
        raise Killed

    def power_cut(self, folder: Path, share: float) -> None:
        """Lose names that no folder sync covered and bytes that no fsync covered.

        `share` of each, from 0 (all lost) to 1 (all kept): a journal keeps names in order.
        """
        keep = int(len(self._undo) * share)
        for _, undo in reversed(self._undo[keep:]):
            undo()
        for path in folder.rglob("*"):
            if path.is_file():
                size = path.stat().st_size
                synced = self._synced.get(path.stat().st_ino, size)
                if synced < size:
                    os.truncate(path, synced + int((size - synced) * share))

    def make_folder(self, path: Path) -> None:
        self._step()
        super().make_folder(path)

    def create(self, path: Path) -> int:
        self._step()
        descriptor = super().create(path)
        self._open.add(descriptor)
        self._synced[os.fstat(descriptor).st_ino] = 0
        self._undo.append((path.parent, lambda: path.unlink(missing_ok=True)))
        return descriptor

    def open(self, path: Path) -> int:
        self._step()
        descriptor = super().open(path)
        self._open.add(descriptor)
        return descriptor

    def lock(self, descriptor: int) -> bool:
        self._step()
        return super().lock(descriptor)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        if self._at is not None and self.calls >= self._at and self._half:
            super().write(descriptor, data[: len(data) // 2])
        self._step()
        return super().write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        self._step()
        super().truncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        self._step()
        stat = os.fstat(descriptor)
        self._synced[stat.st_ino] = stat.st_size

    def close(self, descriptor: int) -> None:
        self._step()
        self._open.discard(descriptor)
        super().close(descriptor)

    def link(self, source: Path, target: Path) -> None:
        self._step()
        super().link(source, target)
        self._undo.append((target.parent, lambda: target.unlink(missing_ok=True)))

    def replace(self, source: Path, target: Path) -> None:
        self._step()
        kept = self._keep(target)
        moved = self._keep(source)
        super().replace(source, target)
        self._undo.append((target.parent, lambda: _restore((target, kept), (source, moved))))

    def unlink(self, path: Path) -> None:
        self._step()
        kept = self._keep(path)
        super().unlink(path)
        if kept is not None:
            self._undo.append((path.parent, lambda: _restore((path, kept))))

    def sync_folder(self, path: Path) -> None:
        self._step()
        self._undo = [entry for entry in self._undo if entry[0] != path]

    def _keep(self, path: Path) -> Path | None:
        if not path.exists():
            return None
        kept = self._trash / str(len(list(self._trash.iterdir())))
        os.link(path, kept)
        return kept


def _restore(*names: tuple[Path, Path | None]) -> None:
    for path, kept in names:
        path.unlink(missing_ok=True)
        if kept is not None:
            os.link(kept, path)


class RefusingDisk(FileSystem):
    """Refuses what it is told to, as a full or broken disk does; `half` of a write gets through."""

    def __init__(self, number: int = errno.ENOSPC) -> None:
        self.number = number
        self.refuses: set[str] = set()
        self.room: int | None = None

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        self._ask("write")
        if self.room is not None:
            if self.room == 0:
                raise OSError(self.number, os.strerror(self.number))
            data = data[: self.room]
            self.room -= len(data)
        return super().write(descriptor, data)

    def _ask(self, what: str) -> None:
        if what in self.refuses:
            raise OSError(self.number, os.strerror(self.number))

    def __getattribute__(self, name: str) -> Any:
        if name in ("create", "fsync", "link", "make_folder", "truncate", "sync_folder"):
            self._ask(name)
        return super().__getattribute__(name)
