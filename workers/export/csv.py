"""Export as CSV with a header: RFC 4180, UTF-8, nothing altered."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from workers.export.row import COLUMNS, ExportRow


def write(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write a header and the rows; what is not there is an empty field."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow(msgspec.structs.astuple(row))
    text.flush()
    text.detach()
