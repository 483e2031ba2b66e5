"""Reading and writing packed files: gzip and zstd, any number of members or frames."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from workers.captures.settings import Compression

CHUNK = 1 << 18
MAX_LINE = 64 << 20
"""Bytes; a longer line is a fault of the file, and is passed over."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
GZIP_LEVEL, ZSTD_LEVEL = 6, 3
BITE = 1 << 12
"""Packed bytes unpacked at a time: a few bytes of a hostile file may stand for many millions."""


class DamagedError(ValueError):
    """A packed file that ends too early or is not what it says."""


class RawLine(bytes):
    """A line without its line end; `whole` tells whether it had one."""

    whole = True


class PartialLine(RawLine):
    """The last line of a file that does not end with a line end."""

    whole = False


def decompressed(stream: io.RawIOBase | BinaryIO) -> BinaryIO:
    """Read through whatever the stream is packed with, told by its first bytes."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), CHUNK)
    start = buffered.peek(4)[:4]
    if start.startswith(_GZIP):
        return io.BufferedReader(_GzipFile(gzip.GzipFile(fileobj=buffered, mode="rb")), CHUNK)
    if start == _ZSTD:
        return io.BufferedReader(_ZstdFile(buffered), CHUNK)
    return buffered


def compression_of(path: Path) -> Compression:
    """Tell what a file is packed with, whatever it is called."""
    with path.open("rb") as stream:
        start = stream.read(4)
    return "gzip" if start.startswith(_GZIP) else "zstd" if start == _ZSTD else "none"


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes; raises DamagedError where a packed file breaks off."""
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise DamagedError(f"packed data break off: {error}") from None


def stored_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines with their line ends; raises DamagedError where a packed file breaks off."""
    try:
        while line := stream.readline(MAX_LINE):
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise DamagedError(f"packed data break off: {error}") from None


def raw_lines(stream: BinaryIO) -> Iterator[RawLine]:
    """Yield the lines that are not blank, without line ends; the last may be a PartialLine."""
    for line in stored_lines(stream):
        bare = line.rstrip(b"\r\n")
        if bare.strip():
            yield RawLine(bare) if line.endswith(b"\n") else PartialLine(bare)


def compress(source: BinaryIO, target: BinaryIO, compression: Compression) -> None:
    """Copy all of `source`, packed; the same input makes the same bytes again."""
    if compression == "gzip":
        with gzip.GzipFile("", "wb", GZIP_LEVEL, target, mtime=0) as packed:
            while chunk := source.read(CHUNK):
                packed.write(chunk)
    elif compression == "zstd":
        packer = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        packer.copy_stream(source, target)
    else:
        raise ValueError(f"nothing packs with {compression!r}")


@contextmanager
def open_local(path: Path) -> Iterator[BinaryIO]:
    """Open a local file, unpacked."""
    with path.open("rb", buffering=0) as stream:
        yield decompressed(stream)


class _GzipFile(io.RawIOBase):
    """Gives what could be unpacked before it complains: the library's own `read` throws it away."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._source.close()
        super().close()

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        data = self._source.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _ZstdFile(io.RawIOBase):
    """Frames after one another; unlike the library's own reader, it notices a missing end."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._decoder: zstandard.ZstdDecompressionObj | None = None
        self._held = memoryview(b"")
        self._input = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._source.close()
        super().close()

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        while not self._held:
            if not self._input:
                self._input = self._source.read(BITE)
            if not self._input:
                if self._decoder is not None:
                    raise EOFError("a frame has no end")
                return 0
            if self._decoder is None:
                self._decoder = zstandard.ZstdDecompressor().decompressobj()
            self._held = memoryview(self._decoder.decompress(self._input))
            self._input = b""
            if self._decoder.eof:
                self._input, self._decoder = self._decoder.unused_data, None
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
