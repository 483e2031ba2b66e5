"""Uploads: the files that people bring to be replayed, in a folder of each account."""

import re
import secrets
import shutil
import time
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import zstandard

from streams.replay import KNOWN_FORMATS, is_file_id, upload, uploads
from web.errors import ApiError

MAX_FILE = 512 << 20
"""Bytes of one file, as it is uploaded."""
MAX_FILES = 20
"""Files of one account."""
RESERVE = 1 << 30
"""Bytes of the disk that uploads leave free: captures need them more."""
ABANDONED = 86_400
"""Seconds after which half an upload is taken for one that nobody finishes."""
PIECE = 1 << 16
HEAD = 1 << 20
"""Bytes, unpacked, that a first line of a file is looked for in."""
_ENDING = re.compile(r"\.(?:json|jsonl|ndjson|jsonlines)(?:\.gz|\.gzip|\.zst|\.zstd)?$")
_PART = ".part"


class Upload(msgspec.Struct, frozen=True):
    """A file; `file` is what a replay names it by, `uploaded_at` is ms since the epoch."""

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
        """List them, newest first."""
        if not self._folder.is_dir():
            return []
        found = [_face(path) for path in self._folder.iterdir() if self._path(path.name)]
        return sorted(found, key=lambda each: (-each.uploaded_at, each.file))

    def get(self, file_id: str) -> Upload | None:
        """Return one; what is no name of a file is none of them."""
        path = self._path(file_id)
        return _face(path) if path and path.is_file() else None

    def remove(self, file_id: str) -> None:
        """Delete one."""
        if path := self._path(file_id):
            path.unlink(missing_ok=True)

    def take(self, stream: BinaryIO, name: str) -> Upload:
        """Keep what is uploaded, or refuse and keep nothing."""
        if len(self.all()) >= MAX_FILES:
            text = f"an account has at most {MAX_FILES} uploaded files: delete some"
            raise ApiError(409, "too_many_files", text)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tidy()
        path = upload(self._data_dir, self._account_id, _id_for(name))
        part = path.with_name(path.name + _PART)
        try:
            with part.open("xb") as file:
                self._copy(stream, file)
            with part.open("rb") as file:
                _check_known(file)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return _face(path)

    def _tidy(self) -> None:
        """Remove what an upload left behind that ended with the process."""
        for part in self._folder.glob("*" + _PART):
            if time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink(missing_ok=True)

    def _copy(self, stream: BinaryIO, file: BinaryIO) -> None:
        left = 0
        while piece := stream.read(PIECE):
            if left < len(piece):
                left = shutil.disk_usage(self._folder).free - RESERVE
            if left < len(piece):
                raise ApiError(409, "disk_full", "there is no room for the file on this machine")
            left = min(left - len(piece), PIECE * 256)
            file.write(piece)

    def _path(self, file_id: str) -> Path | None:
        if not is_file_id(file_id) or file_id.endswith(_PART):
            return None
        return upload(self._data_dir, self._account_id, file_id)


def _id_for(name: str) -> str:
    """Make a name that nobody has; what a person called the file is its end, made harmless."""
    harmless = re.sub(r"[^A-Za-z0-9._-]+", "_", name.rpartition("/")[2])[-60:].lstrip("._-")
    if not _ENDING.search(harmless):
        harmless = (harmless or "upload") + ".json"
    return f"{secrets.token_hex(8)}-{harmless}"


def _face(path: Path) -> Upload:
    status = path.stat()
    return Upload(path.name, status.st_size, status.st_mtime_ns // 1_000_000)


def _check_known(file: BinaryIO) -> None:
    """Refuse what cannot hold posts; which lines do is found when they are played."""
    try:
        head = _unpacked(file)
    except (zlib.error, zstandard.ZstdError, EOFError):
        head = b""
    lines = head.splitlines()
    is_cut = len(lines) == 1 and len(head) == HEAD and head.lstrip()[:1] in (b"{", b"[")
    if not is_cut and not any(map(_is_json, lines)):
        raise ApiError(422, "not_readable", f"no line of it can be read: expected {KNOWN_FORMATS}")


def _unpacked(file: BinaryIO) -> bytes:
    """Return the beginning of what a file holds, never more than `HEAD` bytes."""
    packed = file.read(HEAD)
    if packed.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31).decompress(packed, HEAD)
    if packed.startswith(b"\x28\xb5\x2f\xfd"):
        file.seek(0)
        return zstandard.ZstdDecompressor().stream_reader(file).read(HEAD)
    return packed


def _is_json(line: bytes) -> bool:
    """Tell whether a line is a JSON object, or an array."""
    if line.strip()[:1] not in (b"{", b"["):
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw] | list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
