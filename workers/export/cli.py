"""The command line: verify, list, cat and export captures, here or in an object store."""

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm

from workers.captures.segments.catalog import CatalogError, SegmentCatalog, SegmentInfo
from workers.captures.segments.listing import table
from workers.captures.segments.merge import SegmentMerge
from workers.captures.segments.verify import verify
from workers.collector.recent_ids import RecentIds
from workers.export.formats import WRITERS, ExportRow, OutError, output, row_of
from workers.replay.reader import CaptureReader

LOCATION = "a folder of captures, a collection's folder, one file, or a URL such as s3://bucket/dir"
OPEN = "also read open segments: those being written, and those that a crash left"
UNIQUE = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 for bad segments, 2 for bad input."""
    logging.basicConfig(format="captures: %(message)s", level=logging.WARNING)
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except (CatalogError, OutError) as error:
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
    one.description = "Exit status 1 when a segment does not match its manifest."
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
    one.add_argument("--format", required=True, choices=tuple(WRITERS))
    one.add_argument("--out", required=True, help="a new file, or - for standard output")
    one.add_argument("--open", action="store_true", help=OPEN)
    one.add_argument(
        "--unique",
        action="store_true",
        help=f"write each id once (remembers at least the last {UNIQUE:,} ids)",
    )
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"captures: {message} (see --help)\n")


def _verify(chosen: argparse.Namespace) -> int:
    segments = SegmentCatalog(chosen.location).segments()
    bad = 0
    with _progress(segments) as bar:
        folder = SegmentCatalog(chosen.location, on_read=bar.update)
        for segment in segments:
            finding = verify(folder, segment)
            bad += finding.bad
            with tqdm.external_write_mode():
                print(f"{finding.verdict:9} {finding.name}: {'; '.join(finding.notes)}")
    print(f"{len(segments)} segments, {bad} bad")
    return 1 if bad else 0


def _list(chosen: argparse.Namespace) -> int:
    folder = SegmentCatalog(chosen.location)
    for line in table(folder, folder.segments()):
        print(line)
    return 0


def _cat(chosen: argparse.Namespace) -> int:
    folder = SegmentCatalog(chosen.location)
    merge = SegmentMerge(folder, _readable(folder.segments(), chosen.open))
    out = sys.stdout.buffer
    for found in merge:
        raw = found.record.raw if chosen.raw and found.record is not None else found.line
        out.write(raw + b"\n")
    out.flush()
    return _damage(merge)


def _export(chosen: argparse.Namespace) -> int:
    segments = _readable(SegmentCatalog(chosen.location).segments(), chosen.open)
    with output(chosen.out) as out, _progress(segments) as bar:
        merge = SegmentMerge(SegmentCatalog(chosen.location, on_read=bar.update), segments)
        reader = CaptureReader(merge)
        rows: Iterable[ExportRow] = map(row_of, reader)
        if chosen.unique:
            rows = _unique(rows)
        WRITERS[chosen.format](rows, out)
    posts = sum(reader.formats.values())
    skipped = "".join(f", {count} {kind}" for kind, count in sorted(reader.skipped.items()))
    print(f"captures: {posts} posts from {len(segments)} segments{skipped}", file=sys.stderr)
    return _damage(merge)


def _readable(segments: Iterable[SegmentInfo], also_open: bool) -> list[SegmentInfo]:
    states = {"sealed", "open"} if also_open else {"sealed"}
    return [segment for segment in segments if segment.state in states]


def _unique(rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
    seen = RecentIds(UNIQUE)
    return (row for row in rows if seen.add(row.id))


def _damage(merge: SegmentMerge) -> int:
    for name in merge.damaged:
        print(f"captures: {name} is damaged; the part before the damage was read", file=sys.stderr)
    return 1 if merge.damaged else 0


@contextmanager
def _progress(segments: Iterable[SegmentInfo]) -> "Iterator[tqdm[NoReturn]]":
    """Show the bytes read as a progress bar on standard error, if that is a terminal."""
    total = sum(segment.size for segment in segments)
    with tqdm(total=total, unit="B", unit_scale=True, disable=None, file=sys.stderr) as bar:
        yield bar
