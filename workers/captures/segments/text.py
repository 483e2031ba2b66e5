"""Text in any Unicode encoding as UTF-8 lines: byte order marks, UTF-16, UTF-32, bare CR."""

import codecs
import io
from typing import BinaryIO, cast

from workers.captures.segments.compression import CHUNK, HeadReader

HEAD = 4096
"""Bytes from which the encoding is told."""
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8 with a byte order mark", "utf-8"),
    (codecs.BOM_UTF32_LE, "UTF-32, little-endian", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "UTF-32, big-endian", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "UTF-16, little-endian", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "UTF-16, big-endian", "utf-16-be"),
)


def as_utf8(stream: BinaryIO) -> tuple[BinaryIO, str]:
    """Return the stream in UTF-8 with LF line ends, and the name of its encoding.

    Lines that are UTF-8 already keep their bytes. Half a surrogate pair in UTF-16 becomes U+FFFD.
    """
    reader = HeadReader(stream, HEAD)
    head = reader.head
    buffered = io.BufferedReader(reader, CHUNK)
    mark, name, codec = next(
        ((mark, name, codec) for mark, name, codec in _MARKS if head.startswith(mark)),
        (b"", *_unmarked(head)),
    )
    buffered.read(len(mark))
    text: BinaryIO = buffered
    if codec != "utf-8":
        text = io.BufferedReader(_Recoded(text, codec), CHUNK)
        head = head[len(mark) :].decode(codec, "replace").encode("utf-8", "replace")
    if b"\r" in head.rstrip(b"\r") and b"\n" not in head:
        text = io.BufferedReader(_Recoded(text, "utf-8", cr=True), CHUNK)
        name += ", CR line ends"
    return text, name


def _unmarked(head: bytes) -> tuple[str, str]:
    """Tell UTF-16 and UTF-32 by the zero bytes of the ASCII in them, such as `{` and `"`."""
    for width, codec, name in (
        (4, "utf-32-le", "UTF-32, little-endian"),
        (4, "utf-32-be", "UTF-32, big-endian"),
        (2, "utf-16-le", "UTF-16, little-endian"),
        (2, "utf-16-be", "UTF-16, big-endian"),
    ):
        first = head[:width]
        bare = first.strip(b"\0")
        if len(first) == width and len(bare) == 1:
            ascii_at = 0 if codec.endswith("le") else width - 1
            if first[ascii_at : ascii_at + 1] == bare and bare in b'{["\r\n\t wviW':
                return name, codec
    return "UTF-8", "utf-8"


class _Recoded(io.RawIOBase):
    """Decodes piece by piece; with `cr`, each CR becomes the end of a line."""

    def __init__(self, source: BinaryIO, codec: str, *, cr: bool = False) -> None:
        self._source = source
        self._decoder = None if cr else codecs.getincrementaldecoder(codec)("replace")
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        while not self._held:
            piece = cast(io.BufferedReader, self._source).read1(CHUNK)
            if self._decoder is None:
                recoded = piece.replace(b"\r", b"\n")
            else:
                recoded = self._decoder.decode(piece, final=not piece).encode("utf-8", "replace")
            self._held = memoryview(recoded)
            if not piece:
                break
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
