"""Records of a file of any shape: JSON lines, JSON documents, tables, and archives of these."""

import csv
import io
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

import msgspec

from workers.captures.segments.compression import (
    MAX_LINE,
    WINDOW,
    DamagedError,
    PartialLine,
    RawLine,
    UnsupportedError,
    reported_damage,
    stored_lines,
)
from workers.captures.segments.envelope import KEY
from workers.captures.segments.members import Member, members
from workers.captures.segments.text import as_utf8

HEAD = 1 << 16
PIECE = 1 << 20
"""Bytes that are scanned at a time, at most; fewer where a line ends."""
_SCRIPT = re.compile(rb"\A\s*(?:window\.)?[\w.$\[\]'\"]+\s*=\s*(?=[\[{])")
"""What stands before the array in files of X's account archive."""
_SKIPPED = rb'[^"\[\]{}]++|"(?:[^"\\\n]++|\\.)*+"'
_SIGN = rb'([\[\]{}"])?'
_TOKEN = re.compile(rb"(?:%b)*+%b" % (_SKIPPED, _SIGN), re.DOTALL)
"""Text without brackets and whole strings, up to a bracket or a quote that nothing closes yet."""
_INNER = _SKIPPED
for _ in range(4):
    _INNER = rb"%b|[\[{](?:%b)*+[\]}]" % (_SKIPPED, _INNER)
_INNER_TOKEN = re.compile(rb"(?:%b)*+%b" % (_INNER, _SIGN), re.DOTALL)
"""The same inside a value, where whole objects and arrays are skipped, too: far fewer steps."""
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n,;"


class FileFacts(msgspec.Struct):
    """What a file was found to be while it was read."""

    containers: list[str] = []
    encodings: Counter[str] = msgspec.field(default_factory=Counter)
    shapes: Counter[str] = msgspec.field(default_factory=Counter)
    ignored: Counter[str] = msgspec.field(default_factory=Counter)
    """Members of archives that hold no posts, by kind, such as `HTML page`."""

    @property
    def is_plain_lines(self) -> bool:
        """Whether the file is UTF-8 JSON lines, plain or in gzip or zstd: what Weir can rewrite."""
        return (
            self.containers in ([], ["gzip"], ["zstd"])
            and self.encodings.keys() <= {"UTF-8"}
            and self.shapes.keys() <= {"JSON lines"}
        )


def limited(stream: Iterator[RawLine], most: int) -> Iterator[RawLine]:
    """Yield records up to `most` bytes; raises UnsupportedError past it."""
    left = most
    for record in stream:
        left -= len(record) + 1
        if left < 0:
            raise UnsupportedError(f"it unpacks to more than {most >> 30} GiB")
        yield record


def records(
    stream: BinaryIO, facts: FileFacts | None = None, window: int = WINDOW
) -> Iterator[RawLine]:
    """Yield the JSON values of a file as lines without line ends; memory stays bounded.

    The last may be a PartialLine. Raises DamagedError where the file is damaged, UnsupportedError
    (a DamagedError) when Weir cannot read its format.
    """
    facts = FileFacts() if facts is None else facts
    with reported_damage():
        for member in members(stream, facts.containers, facts.ignored, window):
            yield from _member_records(member, facts)


def _member_records(member: Member, facts: FileFacts) -> Iterator[RawLine]:
    text, encoding = as_utf8(member.stream)
    facts.encodings[encoding] += 1
    buffered = cast(io.BufferedReader, text)
    head = buffered.peek(HEAD)[:HEAD]
    shape = _shape_of(head)
    facts.shapes[shape] += 1
    if shape == "JSON document":
        yield from _documents(buffered, head)
    elif shape == "table":
        yield from _rows(buffered, head)
    else:
        yield from _lines(stored_lines(buffered))


def _shape_of(head: bytes) -> str:
    if head.startswith(KEY):
        return "JSON lines"
    start = head.lstrip(_BLANK)
    if start.startswith(b"[") or _SCRIPT.match(head[:512]):
        return "JSON document"
    first = start.partition(b"\n")[0].rstrip()
    if start.startswith(b"{"):
        if first.endswith(b"}") and _is_json(first):
            return "JSON lines"
        return "JSON document" if _continues(start, first) else "JSON lines"
    return "table" if _is_header(first) else "JSON lines"


def _continues(start: bytes, first: bytes) -> bool:
    """Return whether the value that the first line begins goes on in the next."""
    return len(start) > len(first) and first.endswith((b"{", b"[", b",", b":"))


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _lines(lines: Iterable[bytes]) -> Iterator[RawLine]:
    """Yield the lines that are not blank, without line ends."""
    for line in lines:
        bare = line.rstrip(b"\r\n").removeprefix(b"\x1e")  # of a JSON text sequence
        if bare.startswith(_BOM):
            bare = bare.removeprefix(_BOM)  # of a file that was appended
        if bare.strip():
            yield RawLine(bare) if line.endswith(b"\n") else PartialLine(bare)


def _documents(buffered: BinaryIO, head: bytes) -> Iterator[RawLine]:
    """Yield the elements of arrays and the other values of JSON over any number of lines."""
    script = _SCRIPT.match(head[:512])
    if script:
        buffered.read(script.end())
    scanner = _Scanner()
    while piece := buffered.readline(PIECE):
        scanner.feed(piece)
        yield from scanner.values()
        if scanner.open_bytes > MAX_LINE:
            if scanner.given:
                raise DamagedError(f"a JSON value is larger than {MAX_LINE >> 20} MiB")
            break
    if scanner.given:
        yield from scanner.rest()
    else:  # not the document that its first line promised: perhaps lines, the first one torn
        yield from _lines(itertools.chain(io.BytesIO(scanner.buffer), stored_lines(buffered)))


class _Scanner:
    """Splits JSON into values by its brackets and texts, and copies the bytes of each."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.given = 0
        """Values that were returned."""
        self._at = 0
        """Where the scan continues in the buffer."""
        self._start = -1
        """Where the open value begins in the buffer; -1 between values."""
        self._depth = 0
        self._in_array = False
        """Whether the elements of an array are the values."""
        self._values: list[RawLine] = []

    @property
    def open_bytes(self) -> int:
        """Bytes of the value that has not ended yet."""
        return len(self.buffer)

    def feed(self, piece: bytes) -> None:
        """Scan more bytes; a string that is cut at their end is scanned with the next ones."""
        self.buffer += piece
        while self._at < len(self.buffer):
            pattern = _TOKEN if self._start < 0 else _INNER_TOKEN
            token = cast(re.Match[bytes], pattern.match(self.buffer, self._at))
            at, sign = token.end() - 1, token[1]
            if sign == b'"':
                if self.buffer.find(b"\n", at) < 0:
                    self._at = at
                    break
            elif sign is not None:
                self._take(sign, at)
            self._at = at + 1
        done = self._at if self._start < 0 else self._start
        if self.given or self._values:
            del self.buffer[:done]
            self._at -= done
            self._start = -1 if self._start < 0 else 0

    def _take(self, sign: bytes, at: int) -> None:
        if sign in b"{[":
            if self._start < 0:
                if sign == b"[" and not self._in_array:
                    self._in_array = True
                    return
                self._start = at
            self._depth += 1
        elif self._start < 0:
            self._in_array = False
        else:
            self._depth -= 1
            if self._depth == 0:
                value = bytes(self.buffer[self._start : at + 1])
                self._values.append(RawLine(_one_line(value)))
                self._start = -1

    def values(self) -> list[RawLine]:
        """Return the values that ended since the last call."""
        values, self._values = self._values, []
        self.given += len(values)
        return values

    def rest(self) -> Iterator[RawLine]:
        """Yield what is left at the end of the file, if it is more than punctuation."""
        left = bytes(self.buffer).strip(_BLANK + b"]")
        if left:
            yield PartialLine(_one_line(left))


def _one_line(value: bytes) -> bytes:
    """Put a value on one line: line ends occur only between the tokens of JSON."""
    return value.replace(b"\r", b" ").replace(b"\n", b" ")


def _is_header(line: bytes) -> bool:
    """Return whether a line is the header of a table that has an id and a text."""
    names = _columns(line)
    return len(names) > 1 and "id" in names and bool({"text", "body", "full_text"} & set(names))


def _columns(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode()], delimiter=_delimiter(line)), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def _delimiter(line: bytes) -> str:
    return max("\t;,", key=lambda each: line.count(each.encode()))


def _rows(buffered: BinaryIO, head: bytes) -> Iterator[RawLine]:
    """Yield each row of a CSV or TSV table as a JSON object of its fields that are not empty."""
    csv.field_size_limit(min(MAX_LINE, sys.maxsize))
    text = io.TextIOWrapper(buffered, "utf-8", errors="replace", newline="")
    first = head.lstrip(_BLANK).partition(b"\n")[0].rstrip()
    try:
        for row in csv.DictReader(text, delimiter=_delimiter(first)):
            fields = {name: value for name, value in row.items() if name and value}
            yield RawLine(msgspec.json.encode(fields))
    except csv.Error as error:
        raise DamagedError(f"the table is damaged: {error}") from None
