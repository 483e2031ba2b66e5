"""The formats of an export: CSV, ndjson, ids and Parquet, each written from an iterator of rows."""

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from workers.captures.segments.timestamps import iso
from workers.replay.reader import Replayed

ROW_GROUP = 20_000
"""Rows of a Parquet row group: held in memory together, about 20 MB."""


class ExportRow(msgspec.Struct, frozen=True):
    """The fields of a post that its source gave; labels are not in a capture. Times are ISO."""

    id: str
    created_at: str | None
    received_at: str
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


COLUMNS = ExportRow.__struct_fields__


def row_of(replayed: Replayed) -> ExportRow:
    """Flatten a post."""
    post = replayed.post
    lon, lat = post.coords or (None, None)
    author = post.author
    return ExportRow(
        id=post.id,
        created_at=post.created_at,
        received_at=iso(replayed.received_at),
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
    )


def write_csv(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write a header and the rows; what is not there is an empty field."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow(msgspec.structs.astuple(row))
    text.flush()
    text.detach()


def write_ndjson(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write every column of every row."""
    for row in rows:
        out.write(msgspec.json.encode(row) + b"\n")


def write_ids(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write one id per line: all that X lets people hand on (developer policy)."""
    for row in rows:
        out.write(row.id.encode() + b"\n")


def write_parquet(rows: Iterable[ExportRow], out: BinaryIO) -> None:
    """Write row groups, so that memory stays flat; times are ISO 8601 text as in other formats."""
    import pyarrow  # type: ignore[import-untyped]
    import pyarrow.parquet  # type: ignore[import-untyped]

    numbers = ("lon", "lat")
    schema = pyarrow.schema(
        [(name, pyarrow.float64() if name in numbers else pyarrow.string()) for name in COLUMNS]
    )
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as table:
        source = iter(rows)
        while group := list(islice(source, ROW_GROUP)):
            columns = zip(*map(msgspec.structs.astuple, group), strict=True)
            arrays = [
                pyarrow.array(values, type=field.type)
                for values, field in zip(columns, schema, strict=True)
            ]
            table.write_table(pyarrow.table(arrays, schema=schema))


class OutError(ValueError):
    """An output that cannot be made; the text is one line for a person."""


@contextmanager
def output(out: str) -> Iterator[BinaryIO]:
    """Open the file that `out` will be, or standard output for `-`. Raises OutError."""
    if out == "-":
        yield sys.stdout.buffer
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


WRITERS = {"ndjson": write_ndjson, "csv": write_csv, "ids": write_ids, "parquet": write_parquet}
