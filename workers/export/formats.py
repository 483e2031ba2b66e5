"""The formats of an export: CSV, xlsx, ndjson, ids and Parquet, written row by row."""

import codecs
import csv
import io
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from workers.captures.segments.timestamps import iso
from workers.replay.reader import Replayed
from workers.sources.x.tolerant import decode_tolerantly

IN_MEMORY = 16 << 20
"""Bytes of an export to standard output that are held in memory; more go to a temporary file."""
EXACT_DIGITS = 15
"""Digits that a number in a spreadsheet keeps."""
SHEET_ROWS, CELL_CHARACTERS = 1_048_576, 32_767
"""What a sheet and a cell of a workbook hold."""
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DATES = ("created_at", "received_at")
ROW_GROUP = 20_000
"""Rows of a Parquet row group: held in memory together, about 20 MB."""


class ExportRow(msgspec.Struct, frozen=True):
    """The fields of a post that its source gave; labels are not in a capture. Times are ISO."""

    id: str
    created_at: str | None
    received_at: str | None
    platform: str
    kind: str
    lang: str | None
    text: str
    source: str
    lon: float | None
    lat: float | None
    place: str | None
    author_id: str | None
    author_handle: str | None
    author_name: str | None
    author_avatar: str | None
    url: str | None
    withheld: str | None
    """Codes of the countries in which the platform withholds the post, with a blank between."""
    original_author_id: str | None
    original_author_handle: str | None
    repost_of: str | None
    quote_of: str | None
    reply_to: str | None
    conversation_id: str | None


class _Withheld(msgspec.Struct):
    country_codes: list[str] = []


class _Reference(msgspec.Struct):
    type: str = ""
    id: str = ""


class _More(msgspec.Struct):
    """Fields of X's posts that only exports show."""

    withheld: _Withheld | None = None
    referenced_tweets: list[_Reference] | None = None
    conversation_id: str | None = None


class _Line(msgspec.Struct):
    data: _More | None = None


_line = msgspec.json.Decoder(_Line)


def _more_of(payload: bytes) -> _More:
    try:
        return _line.decode(payload).data or _More()
    except msgspec.ValidationError:
        return decode_tolerantly(payload, _Line).data or _More()


COLUMNS = ExportRow.__struct_fields__


def row_of(replayed: Replayed) -> ExportRow:
    """Flatten a post."""
    post = replayed.post
    lon, lat = post.coords or (None, None)
    author, original = post.author, post.original
    more = _more_of(replayed.payload)
    references = {each.type: each.id for each in more.referenced_tweets or ()}
    return ExportRow(
        id=post.id,
        created_at=post.created_at,
        received_at=iso(replayed.received_at) if replayed.received_at else None,
        platform=post.platform,
        kind=post.kind,
        lang=post.lang,
        text=post.text,
        source=post.source,
        lon=lon,
        lat=lat,
        place=post.place,
        author_id=author.id if author else None,
        author_handle=author.handle if author else None,
        author_name=author.name if author else None,
        author_avatar=author.avatar if author else None,
        url=post.url,
        withheld=" ".join(more.withheld.country_codes) or None if more.withheld else None,
        original_author_id=original.id if original else None,
        original_author_handle=original.handle if original else None,
        repost_of=references.get("retweeted"),
        quote_of=references.get("quoted"),
        reply_to=references.get("replied_to"),
        conversation_id=more.conversation_id,
    )


Rows = Iterable[ExportRow]
Columns = Sequence[str]


def write_csv(rows: Rows, out: BinaryIO, columns: Columns = COLUMNS) -> None:
    """Write RFC 4180 in UTF-8 with a header, nothing altered; a missing value is an empty field."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows(_values(row, columns) for row in rows)
    text.flush()
    text.detach()


def write_csv_for_excel(rows: Rows, out: BinaryIO, columns: Columns = COLUMNS) -> None:
    """Write CSV that spreadsheets open as it is: a byte order mark, ids as text, no formulas."""
    out.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows(map(_harmless, _values(row, columns)) for row in rows)
    text.flush()
    text.detach()


def _harmless(value: Any) -> Any:
    """Put a quote before a text that a spreadsheet would run (ASVS 1.2.10) or round."""
    if not isinstance(value, str):
        return value
    is_long_number = len(value) > EXACT_DIGITS and value.isascii() and value.isdigit()
    return "'" + value if is_long_number or value.startswith(_RUNS) else value


def write_xlsx(rows: Rows, out: BinaryIO, columns: Columns = COLUMNS) -> None:
    """Write a workbook: ids and texts as text, real dates, a frozen header, more sheets if needed.

    Memory stays flat. Dates are in UTC.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    options = {"constant_memory": True, "remove_timezone": True, "in_memory": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet, line = None, 0
        for row in itertools.chain(rows, [None]):
            if sheet is None or line == SHEET_ROWS:
                if row is None and sheet is not None:
                    break
                sheet, line = workbook.add_worksheet(), 1
                sheet.freeze_panes(1, 0)
                sheet.write_row(0, 0, columns)
            if row is None:
                break
            for column, name in enumerate(columns):
                value = getattr(row, name)
                if value is None:
                    continue
                if name in _DATES:
                    sheet.write_datetime(line, column, datetime.fromisoformat(value), date)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value[:CELL_CHARACTERS])
                else:
                    sheet.write_number(line, column, value)
            line += 1


def write_ndjson(rows: Rows, out: BinaryIO, columns: Columns = COLUMNS) -> None:
    """Write one JSON object per row."""
    for row in rows:
        fields = dict(zip(columns, _values(row, columns), strict=True))
        out.write(msgspec.json.encode(fields) + b"\n")


def write_ids(rows: Rows, out: BinaryIO, columns: Columns = COLUMNS) -> None:
    """Write one id per line: all that X lets people hand on (developer policy)."""
    for row in rows:
        out.write(row.id.encode() + b"\n")


def write_parquet(rows: Rows, out: BinaryIO, columns: Columns = COLUMNS) -> None:
    """Write row groups, so that memory stays flat; times are ISO 8601 text as in other formats."""
    import pyarrow
    import pyarrow.parquet

    numbers = ("lon", "lat")
    schema = pyarrow.schema(
        [(name, pyarrow.float64() if name in numbers else pyarrow.string()) for name in columns]
    )
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as table:
        source = iter(rows)
        while group := list(islice(source, ROW_GROUP)):
            values = zip(*(_values(row, columns) for row in group), strict=True)
            arrays = [
                pyarrow.array(column, type=field.type)
                for column, field in zip(values, schema, strict=True)
            ]
            table.write_table(pyarrow.table(arrays, schema=schema))


def _values(row: ExportRow, columns: Columns) -> list[Any]:
    return [getattr(row, name) for name in columns]


class OutError(ValueError):
    """An output that cannot be made; the text is one line for a person."""


@contextmanager
def output(out: str) -> Iterator[BinaryIO]:
    """Open the file that `out` will be, or standard output for `-`. Raises OutError."""
    if out == "-":
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:  # so that it can be begun anew
            yield cast(BinaryIO, spool)
            spool.seek(0)
            shutil.copyfileobj(spool, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    if path.exists():
        raise OutError(f"{out}: exists already; Weir overwrites no file")
    try:
        with part.open("xb") as stream:
            yield stream
        os.link(part, path)
    except FileExistsError:
        raise OutError(f"{out}: exists already; Weir overwrites no file") from None
    except OSError as error:
        raise OutError(f"{out}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


WRITERS = {
    "ndjson": write_ndjson,
    "csv": write_csv,
    "ids": write_ids,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
}
