"""Uploads: files that people upload to replay, in one folder per account."""

import os
import re
import secrets
import shutil
import time
import zlib
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import zstandard

from streams.replay import KNOWN_FORMATS, is_file_id, upload, uploads
from web.errors import ApiError

MAX_FILE = 512 << 20
"""Bytes of one uploaded file."""
MAX_FILES = 20
"""Files of one account."""
RESERVE = 1 << 30
"""Bytes of the disk that uploads leave free for captures."""
ABANDONED_SECONDS = 86_400
"""Seconds after which an unfinished upload is removed."""
CHUNK = 1 << 16
MAX_WINDOW = 8 << 20
"""Bytes of memory that a zstd frame may ask for here; the replay unpacks what asks for more."""
HEAD = 1 << 20
"""Decompressed bytes that must contain a readable line."""
_ENDING = re.compile(
    r"\.(?:(?:json|jsonl|ndjson|jsonlines|csv|tsv|warc|tar)(?:\.(?:gz|gzip|zst|zstd|bz2|xz))?"
    r"|zip|tgz|tbz2|txz|js)$"
)
_ZSTD = b"\x28\xb5\x2f\xfd"
_CONTAINERS = (b"BZh", b"\xfd7zXZ\0", _ZSTD, b"PK\x03\x04", b"WARC/")
_PART = ".part"


class Upload(msgspec.Struct, frozen=True):
    """An uploaded file; replays name it by `file`; `uploaded_at` is ms since the epoch."""

    file: str
    bytes: int
    uploaded_at: int


class Uploads:
    """The uploaded files of one account."""

    def __init__(self, data_dir: Path, account_id: int) -> None:
        self._data_dir = data_dir
        self._account_id = account_id
        self._folder = uploads(data_dir, account_id)

    def all(self) -> list[Upload]:
        """List the files, newest first."""
        if not self._folder.is_dir():
            return []
        found = [_summary(path) for path in self._folder.iterdir() if self._path(path.name)]
        return sorted(found, key=lambda each: (-each.uploaded_at, each.file))

    def bytes(self) -> int:
        """Return how much room the files take, those that still come in included."""
        if not self._folder.is_dir():
            return 0
        total = 0
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # it has just come in under its own name, or is gone
                total += path.stat().st_size
        return total

    def get(self, file_id: str) -> Upload | None:
        """Return a file, or None, also for a name that no file can have."""
        path = self._path(file_id)
        return _summary(path) if path and path.is_file() else None

    def remove(self, file_id: str) -> None:
        """Delete a file, if it exists."""
        if path := self._path(file_id):
            path.unlink(missing_ok=True)

    def save(
        self, stream: BinaryIO, name: str, key: str | None = None, most: int | None = None
    ) -> Upload:
        """Save an upload of at most `most` bytes, or refuse it and keep nothing.

        Its id begins with `key`, 16 digits.
        """
        if len(self.all()) >= MAX_FILES:
            text = f"an account has at most {MAX_FILES} uploaded files: delete one first"
            raise ApiError(409, "too_many_files", text)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_abandoned()
        key = key or secrets.token_hex(8)
        if any(self._folder.glob(f"{key}-*")):
            raise ApiError(409, "known_key", "a file with this key is here already", "key")
        path = upload(self._data_dir, self._account_id, _id_for(name, key))
        part = path.with_name(path.name + _PART)
        limit = None if most is None else self.bytes() + most
        try:
            with open(part, "xb", opener=_private) as file:
                self._copy(stream, file, most)
            if limit is not None and self.bytes() > limit:  # others came in at the same time
                raise _quota_exceeded(max(0, limit - self.bytes() + part.stat().st_size))
            with part.open("rb") as file:
                _check_readable(file)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return _summary(path)

    def _remove_abandoned(self) -> None:
        """Remove the parts of uploads that ended with the process."""
        for part in self._folder.glob("*" + _PART):
            if time.time() - part.stat().st_mtime > ABANDONED_SECONDS:
                part.unlink(missing_ok=True)

    def _copy(self, stream: BinaryIO, file: BinaryIO, most: int | None) -> None:
        left = 0
        while chunk := stream.read(CHUNK):
            if most is not None and file.tell() + len(chunk) > most:
                raise _quota_exceeded(most)
            if left < len(chunk):
                left = shutil.disk_usage(self._folder).free - RESERVE
            if left < len(chunk):
                raise ApiError(409, "disk_full", "the server's disk has no room for this file")
            left = min(left - len(chunk), CHUNK * 256)
            file.write(chunk)

    def _path(self, file_id: str) -> Path | None:
        if not is_file_id(file_id) or file_id.endswith(_PART):
            return None
        return upload(self._data_dir, self._account_id, file_id)


def bytes_by_account(data_dir: Path) -> Counter[int]:
    """Return how much room the files of each account take."""
    folder = data_dir / "uploads"
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    numbers = [int(name) for name in names if name.isascii() and name.isdigit()]
    return Counter({number: Uploads(data_dir, number).bytes() for number in numbers})


def _quota_exceeded(left: int) -> ApiError:
    text = f"bytes of uploads and exports: {left:,} are left of your limit. An administrator can"
    return ApiError(409, "quota_exceeded", f"{text} raise it on the page People")


def _private(path: str, flags: int) -> int:
    """Open a file that its owner alone can read, whatever the folder or the umask is."""
    return os.open(path, flags, 0o600)


def _id_for(name: str, key: str) -> str:
    """Return the key with the uploader's own name, reduced to harmless characters."""
    harmless = re.sub(r"[^A-Za-z0-9._-]+", "_", name.rpartition("/")[2])[-60:].lstrip("._-")
    if not _ENDING.search(harmless):
        harmless = (harmless or "upload") + ".json"
    return f"{key}-{harmless}"


def _summary(path: Path) -> Upload:
    status = path.stat()
    return Upload(path.name, status.st_size, status.st_mtime_ns // 1_000_000)


def _check_readable(file: BinaryIO) -> None:
    """Refuse what is neither a container nor text with posts; the replay decides the rest."""
    head = _decompressed(file)
    if not _is_container(head) and not _is_text_with_posts(head):
        raise ApiError(422, "not_readable", f"this file is not readable: expected {KNOWN_FORMATS}")


def _decompressed(file: BinaryIO) -> bytes:
    """Return the first `HEAD` bytes, decompressed where that is gzip or zstd; b"" if damaged."""
    head = file.read(HEAD)
    try:
        if head.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(wbits=31).decompress(head, HEAD)
        if head.startswith(_ZSTD):
            is_wide = zstandard.get_frame_parameters(head).window_size > MAX_WINDOW
            file.seek(0)
            return head if is_wide else zstandard.ZstdDecompressor().stream_reader(file).read(HEAD)
    except (zlib.error, zstandard.ZstdError, EOFError):
        return b""
    return head


def _is_container(head: bytes) -> bool:
    """Return whether a file is compressed or an archive, which only the replay unpacks."""
    is_skippable = head[1:4] == b"\x2a\x4d\x18"  # a zstd frame without content
    return head.startswith(_CONTAINERS) or head[257:262] == b"ustar" or is_skippable


def _is_text_with_posts(head: bytes) -> bool:
    """Return whether text begins like JSON or X's account archive, or like a table of posts."""
    if b"\0" in head[:4] and head[:4].strip(b"\0"):
        return True  # UTF-16 or UTF-32
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = text.splitlines()[0] if text else b""
    goes_on = len(text) > len(first) and first.rstrip().endswith((b"{", b"[", b","))
    is_document = text.startswith(b"window.") or (text.startswith((b"{", b"[")) and goes_on)
    is_cut = len(first) == len(text) and len(head) == HEAD and text.startswith((b"{", b"["))
    is_table = b"id" in first and b"text" in first and bool(re.search(rb"[,;\t]", first))
    return is_document or is_cut or is_table or any(map(_is_json, text.splitlines()))


def _is_json(line: bytes) -> bool:
    """Return whether a line is a JSON object or array."""
    if line.strip()[:1] not in (b"{", b"["):
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw] | list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
