"""Reads compressed files (gzip, bzip2, xz, zstd, any number of members), writes gzip and zstd."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from workers.captures.settings import Compression

CHUNK = 1 << 18
MAX_LINE = 64 << 20
"""Bytes; a longer line is a fault of the file, and is passed over."""
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""Follows a byte from 0x50 to 0x5f: a zstd frame without content, as pzstd writes first."""
GZIP_LEVEL, ZSTD_LEVEL = 6, 3
PIECE = 1 << 12
"""Compressed bytes read at a time: a few bytes of a hostile file may expand to many millions."""
WINDOW = 128 << 20
"""Bytes of memory that a zstd frame may ask for; `zstd --long` can ask for 2 GiB."""
LARGEST_WINDOW = 2 << 30
MOST_RATIO, ALWAYS_READ = 1000, 256 << 20
"""How many times its size a file may unpack to, past ALWAYS_READ bytes; posts reach 100 times."""
BROKEN = (
    EOFError,
    zlib.error,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zstandard.ZstdError,
    tarfile.TarError,
    zipfile.BadZipFile,
)
"""What readers of compressed data and archives raise for damage; bzip2 raises a plain OSError."""


class DamagedError(ValueError):
    """A file that ends too early or does not follow its format; the text is one line."""


class UnsupportedError(DamagedError):
    """A file that is not damaged and cannot be read; the text says why in one line."""


class RawLine(bytes):
    """A line without its line end; `whole` tells whether it had one."""

    whole = True


class PartialLine(RawLine):
    """The last line of a file that does not end with a line end."""

    whole = False


def decompressed(stream: io.RawIOBase | BinaryIO, window: int = WINDOW) -> BinaryIO:
    """Decompress a stream, whatever its first bytes say it is compressed with.

    `window` limits the memory (bytes) that a zstd frame may ask for. Reading may raise one of
    BROKEN, OSError or UnsupportedError; `stored_lines` and `chunks` turn these into DamagedError.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), CHUNK)
    kind = compression_at(buffered.peek(6)[:6])
    if kind == "gzip":
        return io.BufferedReader(_GzipFile(gzip.GzipFile(fileobj=buffered, mode="rb")), CHUNK)
    if kind == "zstd":
        return io.BufferedReader(_ZstdFile(buffered, window), CHUNK)
    if kind == "bzip2":
        return io.BufferedReader(_BlockFile(buffered, bz2.BZ2Decompressor), CHUNK)
    if kind == "xz":
        return io.BufferedReader(_BlockFile(buffered, lzma.LZMADecompressor), CHUNK)
    return buffered


def compression_at(start: bytes) -> str | None:
    """Name the compression of a file that starts with these (at least six) bytes."""
    if start.startswith(_GZIP):
        return "gzip"
    if start.startswith(_ZSTD) or (start[1:4] == _SKIPPABLE and 0x50 <= start[0] <= 0x5F):
        return "zstd"
    if start.startswith(_BZIP2) and start[3:4].isdigit():
        return "bzip2"
    return "xz" if start.startswith(_XZ) else None


def compression_of(path: Path) -> Compression:
    """Return the compression to write a file with again: that of its content, where Weir can."""
    with path.open("rb") as stream:
        kind = compression_at(stream.read(6))
    return "gzip" if kind == "gzip" else "zstd" if kind == "zstd" else "none"


@contextmanager
def reported_damage() -> Iterator[None]:
    """Turn what decompressors raise into DamagedError."""
    try:
        yield
    except BROKEN as error:
        raise DamagedError(f"the compressed data are damaged: {error}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedError(f"the compressed data are damaged: {error}") from None


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes; raises DamagedError where a compressed file is damaged."""
    with reported_damage():
        while chunk := stream.read(CHUNK):
            yield chunk


def stored_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines with their line ends; raises DamagedError where a file is damaged."""
    with reported_damage():
        while line := stream.readline(MAX_LINE):
            yield line


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


class HeadReader(io.RawIOBase):
    """A stream whose first bytes can be looked at: `head` has `size` of them, or all there are.

    An error behind the head is raised only once everything before it has been read.
    """

    def __init__(self, source: BinaryIO, size: int) -> None:
        self._source = source
        self._error: Exception | None = None
        head = bytearray()
        try:
            while len(head) < size and (piece := _read1(source, size - len(head))):
                head += piece
        except Exception as error:
            self._error = error
        self.head = bytes(head)
        self._left = memoryview(self.head)
        self.count = 0
        """Bytes that were read of it."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read the head first, then the source."""
        if self._left:
            count = min(len(buffer), len(self._left))
            buffer[:count] = self._left[:count]
            self._left = self._left[count:]
            self.count += count
            return count
        if self._error is not None:
            raise self._error
        data = _read1(self._source, len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class RatioGuard(io.RawIOBase):
    """What a stream unpacks to; UnsupportedError when that is far more than posts ever are."""

    def __init__(self, unpacked: BinaryIO, packed_size: Callable[[], int]) -> None:
        """`packed_size` gives the bytes that were read of the packed stream so far."""
        self._unpacked = unpacked
        self._packed_size = packed_size
        self._count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read, and compare the two sizes."""
        data = _read1(self._unpacked, len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > ALWAYS_READ and self._count > MOST_RATIO * self._packed_size():
            raise UnsupportedError(f"it unpacks to more than {MOST_RATIO:,} times its size")
        return len(data)


def _read1(source: BinaryIO, size: int) -> bytes:
    """Read what is at hand, so that an error does not cost what comes before it."""
    read1 = getattr(source, "read1", source.read)
    data: bytes = read1(size)
    return data


class _Pieces(io.RawIOBase):
    """A stream made of pieces of bytes; `_next_piece` returns b"" at the end."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._source.close()
        super().close()

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        if not self._held:
            self._held = memoryview(self._next_piece())
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _next_piece(self) -> bytes:
        raise NotImplementedError


class _BlockFile(_Pieces):
    """Streams of bzip2 or xz after one another; what follows the last one is ignored."""

    def __init__(
        self,
        source: BinaryIO,
        make: "Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]",
    ) -> None:
        super().__init__(source)
        self._make = make
        self._decoder = make()
        self._input = b""
        self._begun = False

    def _next_piece(self) -> bytes:
        while True:
            if self._decoder.eof:
                rest = self._decoder.unused_data
                rest += self._source.read(PIECE)
                if compression_at(rest[:6].ljust(6)) not in ("bzip2", "xz"):
                    return b""
                self._decoder, self._input = self._make(), rest
            if not self._input and self._decoder.needs_input:
                self._input = self._source.read(PIECE)
                if not self._input:
                    raise EOFError("the last stream has no end")
            piece = self._decoder.decompress(self._input, CHUNK)
            self._input = b""
            if piece:
                return piece


class _ZstdFile(_Pieces):
    """Frames after one another; unlike the library's own reader, it notices a missing end."""

    def __init__(self, source: BinaryIO, window: int) -> None:
        super().__init__(source)
        self._window = window
        self._decoder: zstandard.ZstdDecompressionObj | None = None
        self._input = b""

    def _next_piece(self) -> bytes:
        while True:
            if not self._input:
                self._input = self._source.read(PIECE)
            if not self._input:
                if self._decoder is not None:
                    raise EOFError("a frame has no end")
                return b""
            if self._decoder is None and self._skip_frame():
                continue
            if self._decoder is None:
                self._decoder = self._open_frame()
            piece = self._decoder.decompress(self._input)
            self._input = b""
            if self._decoder.eof:
                self._input, self._decoder = self._decoder.unused_data, None
            if piece:
                return piece

    def _fill(self, count: int) -> None:
        while len(self._input) < count and (more := self._source.read(count - len(self._input))):
            self._input += more

    def _skip_frame(self) -> bool:
        """Skip a frame without content; False when the next frame has some."""
        self._fill(8)
        if self._input[1:4] != _SKIPPABLE:
            return False
        left = 8 + int.from_bytes(self._input[4:8], "little") - len(self._input)
        if left < 0:
            self._input = self._input[left:]
            return True
        self._input = b""
        while left:
            skipped = self._source.read(min(left, CHUNK))
            if not skipped:
                raise EOFError("a frame has no end")
            left -= len(skipped)
        return True

    def _open_frame(self) -> "zstandard.ZstdDecompressionObj":
        self._fill(18)
        frame = zstandard.get_frame_parameters(self._input)
        if frame.dict_id:
            raise UnsupportedError("the file was compressed with a dictionary, which Weir lacks")
        asked = frame.window_size
        if asked > self._window:
            raise UnsupportedError(
                f"window too large: the file needs {asked >> 20} MiB of memory to decompress,"
                f" the limit is {self._window >> 20} MiB"
            )
        limit = min(self._window, (1 << 31) - 1)
        return zstandard.ZstdDecompressor(max_window_size=limit).decompressobj()
