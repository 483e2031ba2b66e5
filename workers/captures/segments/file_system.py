"""The file system: every system call that changes a capture, one method each."""

import errno
import fcntl
import hashlib
import os
from pathlib import Path

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""Errors of file systems without hard links."""


class FileSystem:
    """All changes that captures make to files go through it. Methods raise OSError."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        path.mkdir(mode=0o750, parents=True, exist_ok=True)

    def create(self, path: Path) -> int:
        """Make a file that was not there; returns its descriptor."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        return os.open(path, flags, 0o640)

    def open(self, path: Path) -> int:
        """Open a file that is there, to read and to append."""
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)

    def lock(self, descriptor: int) -> bool:
        """Lock a file until it is closed; False when another process holds it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Append, perhaps not all of it; returns how many bytes."""
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file to `size` bytes."""
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        """Wait until a file's data are on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close, which ends a lock."""
        os.close(descriptor)

    def link(self, source: Path, target: Path) -> None:
        """Link a file to a second name, which must be free."""
        os.link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over whatever has the name."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a name."""
        path.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Wait until a folder's names are on the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_all(file_system: FileSystem, descriptor: int, data: bytes) -> None:
    """Append all of `data`."""
    rest = memoryview(data)
    while rest:
        rest = rest[file_system.write(descriptor, rest) :]


def give_name(file_system: FileSystem, source: Path, target: Path) -> None:
    """Rename `source` to `target`, never one that is taken (FileExistsError).

    With hard links both names stay. Without them the name is reserved, then moved to.
    """
    try:
        file_system.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        file_system.close(file_system.create(target))
        file_system.replace(source, target)


def claim(file_system: FileSystem, path: Path) -> int | None:
    """Open and lock a file; None when another process holds it or it no longer exists."""
    try:
        descriptor = file_system.open(path)
    except FileNotFoundError:
        return None
    try:
        if file_system.lock(descriptor) and holds(descriptor, path):
            return descriptor
    except BaseException:
        file_system.close(descriptor)
        raise
    file_system.close(descriptor)
    return None


def holds(descriptor: int, path: Path) -> bool:
    """Return whether `path` still names the file that was opened."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def write_new(file_system: FileSystem, path: Path, data: bytes) -> None:
    """Create a file atomically; FileExistsError when the name is taken.

    Only the holder of the segment that `path` stands beside may call this: a left-over draft of
    the same name is theirs.
    """
    part = path.with_name(path.name + ".part")
    file_system.unlink(part)
    descriptor = file_system.create(part)
    try:
        write_all(file_system, descriptor, data)
        file_system.fsync(descriptor)
    finally:
        file_system.close(descriptor)
    give_name(file_system, part, path)
    file_system.unlink(part)
    file_system.sync_folder(path.parent)


def write_over(file_system: FileSystem, path: Path, data: bytes) -> None:
    """Replace a file atomically; the folder is not synced."""
    part = path.with_name(path.name + ".part")
    file_system.unlink(part)
    descriptor = file_system.create(part)
    try:
        write_all(file_system, descriptor, data)
        file_system.fsync(descriptor)
    finally:
        file_system.close(descriptor)
    file_system.replace(part, path)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as it is stored, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class DescriptorWriter:
    """Writes to an open descriptor by way of a file system, for compressors that want a file."""

    def __init__(self, file_system: FileSystem, descriptor: int) -> None:
        self._file_system = file_system
        self._descriptor = descriptor

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        write_all(self._file_system, self._descriptor, data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: no byte is held back."""
