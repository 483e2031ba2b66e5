"""The formats of an export: CSV, ndjson, ids and Parquet, each written from an iterator of rows."""

import csv
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from workers.captures.segments.timestamps import iso
from workers.replay.reader import Replayed
from workers.sources.x.tolerant import decode_tolerantly

IN_MEMORY = 16 << 20
"""Bytes of an export to standard output that are held in memory; more go to a temporary file."""
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
    import pyarrow
    import pyarrow.parquet

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


WRITERS = {"ndjson": write_ndjson, "csv": write_csv, "ids": write_ids, "parquet": write_parquet}
