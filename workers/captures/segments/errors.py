"""Errors of a capture: what went wrong on the disk, and what to do about it."""

import errno
from pathlib import Path

import msgspec

from streams.live.report import Fault

FULL = {errno.ENOSPC, errno.EDQUOT}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class CaptureError(Exception):
    """A capture that cannot be opened; the text is one line for a person."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class LostPosts(msgspec.Struct, frozen=True):
    """Posts that a capture could not keep, from `since` to `until` (ms; None while it lasts)."""

    folder: str
    since: int
    until: int | None
    reason: str
    posts: int


def fault_of(error: OSError, folder: Path) -> Fault:
    """Turn an OSError into a fault; its code is the reason of the gap that follows."""
    if error.errno in FULL:
        return Fault("disk_full", f"The disk of {folder} is full. Make room, or stop a capture.")
    if error.errno in FORBIDDEN:
        return Fault("folder_not_writable", f"The folder {folder} cannot be written.")
    if isinstance(error, FileExistsError | NotADirectoryError):
        text = f"The folder {folder} cannot be created: a file has its name."
        return Fault("folder_not_writable", text)
    message = error.strerror or str(error)
    return Fault("disk_failed", f"The disk of {folder} reports an error: {message}.")
