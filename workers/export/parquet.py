"""Export as Parquet, written in row groups so that memory does not grow with the capture."""

from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

import msgspec
import pyarrow  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]

from workers.export.row import COLUMNS, ExportRow

GROUP = 20_000
"""Rows held in memory at a time, about 20 MB."""
SCHEMA = pyarrow.schema(
    [(name, pyarrow.float64() if name in ("lon", "lat") else pyarrow.string()) for name in COLUMNS]
)


def write(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write the rows; times are text in ISO 8601, as in the other formats."""
    with pyarrow.parquet.ParquetWriter(out, SCHEMA, compression="zstd") as table:
        source = iter(rows)
        while group := list(islice(source, GROUP)):
            columns = zip(*map(msgspec.structs.astuple, group), strict=True)
            arrays = [
                pyarrow.array(values, type=field.type)
                for values, field in zip(columns, SCHEMA, strict=True)
            ]
            table.write_table(pyarrow.table(arrays, schema=SCHEMA))
