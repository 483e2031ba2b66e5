"""The tables of an export: CSV, xlsx, ndjson, ids and Parquet, written row by row."""

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

from streams.exports import COLUMNS
from workers.captures.segments.timestamps import ms_of
from workers.export.rows import NUMBERS, TIMES, ExportRow

IN_MEMORY = 16 << 20
"""Bytes of an export to standard output that are held in memory; more go to a temporary file."""
EXACT_DIGITS = 15
"""Digits that a number in a spreadsheet keeps."""
SHEET_ROWS, CELL_CHARACTERS = 1_048_576, 32_767
"""What a sheet and a cell of a workbook hold."""
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROW_GROUP = 20_000
"""Rows of a Parquet row group: held in memory together, about 20 MB."""


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
                if name in TIMES:
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
    """Write row groups, so that memory stays flat: ids as text, times as UTC timestamps."""
    import pyarrow
    import pyarrow.parquet

    types = dict.fromkeys(TIMES, pyarrow.timestamp("ms", tz="UTC"))
    types |= dict.fromkeys(NUMBERS, pyarrow.float64())
    schema = pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in columns])
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as table:
        source = iter(rows)
        while group := list(islice(source, ROW_GROUP)):
            arrays = [pyarrow.array(_typed(group, each.name), type=each.type) for each in schema]
            table.write_table(pyarrow.table(arrays, schema=schema))


def _typed(rows: Sequence[ExportRow], column: str) -> list[Any]:
    values = [getattr(row, column) for row in rows]
    return [each and ms_of(each) for each in values] if column in TIMES else values


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


TABLES = {
    "ndjson": write_ndjson,
    "csv": write_csv,
    "ids": write_ids,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
}
