"""The command line: verify, list, cat and export captures, here or in an object store."""

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm

from workers.captures.export import csv, ids, ndjson
from workers.captures.export.file import OutError, output
from workers.captures.export.row import Row, row_of
from workers.captures.folder import Folder, FolderError, Stored
from workers.captures.listing import table
from workers.captures.merge import Merge
from workers.captures.verify import verify
from workers.replay.reader import Reader
from workers.seen import Seen

LOCATION = "a folder of captures, a collection's folder, one file, or a URL such as s3://bucket/dir"
OPEN = "read open segments, too: those that are being written, or that a crash left"
FORMATS = ("ndjson", "csv", "ids", "parquet")
UNIQUE = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 for bad segments, 2 for bad input."""
    logging.basicConfig(format="captures: %(message)s", level=logging.WARNING)
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except (FolderError, OutError) as error:
        print(f"captures: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe had enough; keep Python from writing to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m workers.captures", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("verify", help="compare every segment with its manifest")
    one.set_defaults(run=_verify)
    one.description = "Exit status 1 when a segment is not what its manifest says."
    one.add_argument("location", help=LOCATION)

    one = commands.add_parser("list", help="list the segments")
    one.set_defaults(run=_list)
    one.add_argument("location", help=LOCATION)

    one = commands.add_parser("cat", help="print the lines in the order they were received")
    one.set_defaults(run=_cat)
    one.add_argument("location", help=LOCATION)
    one.add_argument("--raw", action="store_true", help="print the bytes as received, no envelope")
    one.add_argument("--open", action="store_true", help=OPEN)

    one = commands.add_parser("export", help="write the posts as a table")
    one.set_defaults(run=_export)
    one.add_argument("location", help=LOCATION)
    one.add_argument("--format", required=True, choices=FORMATS)
    one.add_argument("--out", required=True, help="a file that is not there yet, or - to print")
    one.add_argument("--open", action="store_true", help=OPEN)
    one.add_argument(
        "--unique",
        action="store_true",
        help=f"leave out repeats of an id (remembers at least the last {UNIQUE:,})",
    )
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"captures: {message} (--help tells more)\n")


def _verify(chosen: argparse.Namespace) -> int:
    segments = Folder(chosen.location).segments()
    bad = 0
    with _progress(segments) as bar:
        folder = Folder(chosen.location, on_read=bar.update)
        for stored in segments:
            finding = verify(folder, stored)
            bad += finding.bad
            with tqdm.external_write_mode():
                print(f"{finding.verdict:9} {finding.name}: {'; '.join(finding.notes)}")
    print(f"{len(segments)} segments, {bad} bad")
    return 1 if bad else 0


def _list(chosen: argparse.Namespace) -> int:
    folder = Folder(chosen.location)
    for line in table(folder, folder.segments()):
        print(line)
    return 0


def _cat(chosen: argparse.Namespace) -> int:
    folder = Folder(chosen.location)
    merge = Merge(folder, _readable(folder.segments(), chosen.open))
    out = sys.stdout.buffer
    for found in merge:
        raw = found.record.raw if chosen.raw and found.record is not None else found.line
        out.write(raw + b"\n")
    out.flush()
    return _damage(merge)


def _export(chosen: argparse.Namespace) -> int:
    segments = _readable(Folder(chosen.location).segments(), chosen.open)
    with output(chosen.out) as out, _progress(segments) as bar:
        merge = Merge(Folder(chosen.location, on_read=bar.update), segments)
        reader = Reader(merge)
        rows: Iterable[Row] = map(row_of, reader)
        if chosen.unique:
            rows = _unique(rows)
        if chosen.format == "parquet":
            from workers.captures.export import parquet  # half a second that others need not wait

            parquet.write(rows, out)
        else:
            {"ndjson": ndjson, "csv": csv, "ids": ids}[chosen.format].write(rows, out)
    posts = sum(reader.formats.values())
    skipped = "".join(f", {count} {kind}" for kind, count in sorted(reader.skipped.items()))
    print(f"captures: {posts} posts from {len(segments)} segments{skipped}", file=sys.stderr)
    return _damage(merge)


def _readable(segments: Iterable[Stored], also_open: bool) -> list[Stored]:
    states = {"sealed", "open"} if also_open else {"sealed"}
    return [stored for stored in segments if stored.state in states]


def _unique(rows: Iterable[Row]) -> Iterator[Row]:
    seen = Seen(UNIQUE)
    return (row for row in rows if seen.add(row.id))


def _damage(merge: Merge) -> int:
    for name in merge.damaged:
        print(f"captures: {name} breaks off; what could be read was", file=sys.stderr)
    return 1 if merge.damaged else 0


@contextmanager
def _progress(segments: Iterable[Stored]) -> "Iterator[tqdm[NoReturn]]":
    """Show bytes read on standard error, when somebody looks."""
    total = sum(stored.size for stored in segments)
    with tqdm(total=total, unit="B", unit_scale=True, disable=None, file=sys.stderr) as bar:
        yield bar
