"""Members of a file: what is inside compression, tar, zip and WARC, however they are nested."""

import io
import logging
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, cast

import msgspec
from warcio.archiveiterator import ArchiveIterator

from workers.captures.segments.compression import (
    BROKEN,
    CHUNK,
    WINDOW,
    DamagedError,
    HeadReader,
    RatioGuard,
    UnsupportedError,
    compression_at,
    decompressed,
)

HEAD = 1024
DEEPEST = 5
"""Containers inside each other; nobody nests more, but hostile files do."""
IN_MEMORY = 16 << 20
"""Bytes of a zip that are held in memory; a larger one is copied to a temporary file."""
MAX_SPOOL = 8 << 30
_ZIP, _WARC = (b"PK\x03\x04", b"PK\x05\x06"), b"WARC/"
_OTHERS = {
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x04\x22\x4d\x18": "LZ4",
    b"PAR1": "a Parquet table",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x1f\x9d": "a file of `compress` (.Z)",
}
_TWEETS = ("tweets", "tweet")
"""Names of the files with posts in X's account archive, followed by `-part1` and so on."""


class Member(msgspec.Struct, frozen=True):
    """One file of text inside containers; `name` is empty outside archives."""

    name: str
    stream: BinaryIO


def members(
    stream: BinaryIO,
    containers: list[str],
    ignored: Counter[str],
    window: int = WINDOW,
    depth: int = 0,
) -> Iterator[Member]:
    """Yield the texts in a stream; each is to be read before the next is asked for.

    Notes container kinds, outermost first, and by kind the members that hold no text of posts.
    Raises UnsupportedError for formats that Weir does not read, DamagedError, and what
    decompressors raise.
    """
    if depth > DEEPEST:
        raise UnsupportedError(f"more than {DEEPEST} containers are nested")
    reader = HeadReader(stream, HEAD)
    head = reader.head
    whole = cast(BinaryIO, io.BufferedReader(reader, CHUNK))
    kind = compression_at(head[:6].ljust(6))
    if kind is not None:
        _note(containers, kind)
        guard = RatioGuard(decompressed(whole, window), lambda: reader.count)
        yield from members(cast(BinaryIO, guard), containers, ignored, window, depth + 1)
    elif head.startswith(_WARC):
        _note(containers, "WARC")
        yield from _warc_members(whole, ignored)
    elif head.startswith(_ZIP):
        _note(containers, "zip")
        yield from _zip_members(whole, containers, ignored, window, depth)
    elif _is_tar(head):
        _note(containers, "tar")
        yield from _tar_members(whole, containers, ignored, window, depth)
    elif what := next((what for start, what in _OTHERS.items() if head.startswith(start)), None):
        raise UnsupportedError(f"looks like {what}, which Weir does not read")
    else:
        yield Member("", whole)


def _note(containers: list[str], kind: str) -> None:
    if kind not in containers:
        containers.append(kind)


def _is_tar(head: bytes) -> bool:
    if len(head) < tarfile.BLOCKSIZE:
        return False
    block = head[: tarfile.BLOCKSIZE]
    if block[257:262] == b"ustar":
        return True
    try:  # archives of the seventies have no mark, only a checksum
        return block[0] != 0 and tarfile.TarInfo.frombuf(block, "utf-8", "replace").chksum > 0
    except tarfile.TarError:
        return False


def _tar_members(
    whole: BinaryIO, containers: list[str], ignored: Counter[str], window: int, depth: int
) -> Iterator[Member]:
    try:
        with tarfile.open(fileobj=whole, mode="r|") as archive:
            for info in archive:
                if not info.isfile() or _is_hidden(info.name):
                    continue
                inner = archive.extractfile(info)
                if inner is not None:
                    source = cast(BinaryIO, inner)
                    for member in members(source, containers, ignored, window, depth + 1):
                        yield Member(info.name, member.stream)
    except tarfile.TarError as error:
        raise DamagedError(f"the tar archive is damaged: {error}") from None


def _zip_members(
    whole: BinaryIO, containers: list[str], ignored: Counter[str], window: int, depth: int
) -> Iterator[Member]:
    """Copy the zip first: its table of contents is at its end."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        size = 0
        while piece := whole.read(CHUNK):
            size += len(piece)
            if size > MAX_SPOOL:
                raise UnsupportedError(f"the zip is larger than {MAX_SPOOL >> 30} GiB")
            copy.write(piece)
        try:
            with zipfile.ZipFile(cast(BinaryIO, copy)) as archive:
                for info in _wanted(archive.infolist()):
                    with _opened(archive, info) as inner:
                        guard = RatioGuard(cast(BinaryIO, inner), _packed_size_of(info))
                        source = cast(BinaryIO, guard)
                        for member in members(source, containers, ignored, window, depth + 1):
                            yield Member(info.filename, member.stream)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
            raise DamagedError(f"the zip is damaged: {error}") from None
        except RuntimeError as error:  # zipfile's answer to a password
            raise UnsupportedError(f"the zip cannot be read: {error}") from None


def _packed_size_of(info: zipfile.ZipInfo) -> Callable[[], int]:
    return lambda: info.compress_size


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except ValueError:  # an offset outside the file
        raise DamagedError(f"the zip is damaged at {info.filename[:80]!r}") from None


def _wanted(infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the files to read: of X's account archive the posts alone, of others all."""
    files = [info for info in infos if not info.is_dir() and not _is_hidden(info.filename)]
    posts = [info for info in files if is_archive_of_posts(info.filename)]
    return sorted(posts, key=lambda info: info.filename) if posts else files


def is_archive_of_posts(name: str) -> bool:
    """Return whether a name is that of a file with posts in X's account archive."""
    path = PurePosixPath(name)
    return path.suffix == ".js" and path.stem.partition("-part")[0] in _TWEETS


def _is_hidden(name: str) -> bool:
    """Return whether a file is one that archivers add, such as those of macOS."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or "__MACOSX" in path.parts


class _Records(ArchiveIterator):  # type: ignore[misc]
    """The library's reader of WARC files, which writes its warnings to standard error."""

    INC_RECORD = ""


def _warc_members(whole: BinaryIO, ignored: Counter[str]) -> Iterator[Member]:
    """Yield the bodies of HTTP responses that hold JSON, without transfer encodings."""
    logging.getLogger("warcio").setLevel(logging.ERROR)
    archive = iter(_Records(whole))
    while (record := _next_record(archive)) is not None:
        if record.rec_type not in ("response", "resource"):
            continue
        headers = record.http_headers or record.rec_headers
        kind = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
        reader = HeadReader(record.content_stream(), HEAD)
        start = reader.head.lstrip()
        if start[:1] == b"<" or kind in ("text/html", "application/xhtml+xml"):
            ignored["HTML page"] += 1
        elif start[:1] in (b"{", b"["):
            name = record.rec_headers.get_header("WARC-Target-URI") or ""
            yield Member(name, cast(BinaryIO, io.BufferedReader(reader, CHUNK)))
        elif start:
            ignored[kind or "unknown content"] += 1


def _next_record(archive: Iterator[Any]) -> Any:
    """Return the next record; None at the end. Whatever the library raises is DamagedError."""
    try:
        return next(archive, None)
    except (DamagedError, *BROKEN, OSError):
        raise
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise DamagedError(f"the WARC is damaged: {text}") from None
