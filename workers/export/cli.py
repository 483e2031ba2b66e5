"""The command line: verify, list, cat, inspect and export captures, here or in object stores."""

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import msgspec
from tqdm import tqdm

from models import ArtefactError, load_any
from models.tree import UNKNOWN
from streams import label_sets
from streams.clock import now_ms
from streams.exports import COLUMNS, ExportSelection
from workers.captures.segments.catalog import CatalogError, SegmentCatalog, SegmentInfo
from workers.captures.segments.compression import LARGEST_WINDOW
from workers.captures.segments.listing import table
from workers.captures.segments.merge import SegmentMerge
from workers.captures.segments.timestamps import ms_of
from workers.captures.segments.verify import verify
from workers.export.datapackage import Description, describe, description_path
from workers.export.export import FORMATS, UNIQUE, Export
from workers.export.formats import OutError, output
from workers.export.graph import GraphTooLargeError
from workers.export.inspection import NoPostsError, inspection
from workers.export.kept_labels import KeptLabels, keep
from workers.export.label_source import LabelSource, ModelLabels
from workers.replay.format import QUIET
from workers.replay.reader import CaptureReader

LOCATION = "a folder of captures, a collection's folder, one file, or a URL such as s3://bucket/dir"
OPEN = "also read open segments: those being written, and those that a crash left"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 1 for bad segments or no posts, 2 for bad input."""
    logging.basicConfig(format="captures: %(message)s", level=logging.WARNING)
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except NoPostsError as error:
        print(f"captures: {error}", file=sys.stderr)
        return 1
    except (CatalogError, OutError, ArtefactError, GraphTooLargeError) as error:
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
    _add_window(one)

    one = commands.add_parser("inspect", help="show what a file or folder is and holds")
    one.set_defaults(run=_inspect)
    one.description = "Exit status 1 when it holds no post."
    one.add_argument("location", help=LOCATION)
    _add_window(one)

    one = commands.add_parser("export", help="write the posts as a table, or as a graph")
    one.set_defaults(run=_export)
    one.add_argument("location", help=LOCATION)
    one.add_argument("--format", required=True, choices=FORMATS)
    one.add_argument("--out", required=True, help="a new file, or - for standard output")
    one.add_argument("--open", action="store_true", help=OPEN)
    one.add_argument(
        "--strict", action="store_true", help="exit with 1 when any record could not be read"
    )
    _add_window(one)
    _add_selection(one)
    one.add_argument(
        "--unique",
        action="store_true",
        help=f"write each id once (remembers at least the last {UNIQUE:,} ids)",
    )

    one = commands.add_parser("label", help="label every post, and keep the labels as a set")
    one.set_defaults(run=_label)
    one.description = "Neither the captures nor the sets that are there are changed."
    one.add_argument("location", help=LOCATION)
    one.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="folder of the set")
    _add_model(one)
    _add_window(one)
    return parser


def _add_window(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--max-window",
        type=_window,
        default=LARGEST_WINDOW >> 20,
        metavar="MIB",
        help="memory that a zstd file may ask for, 1 to 2048 MiB (default: %(default)s)",
    )


def _window(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_WINDOW >> 20:
        raise argparse.ArgumentTypeError(f"expected MiB from 1 to 2048, got {text!r}")
    return int(text)


def _add_selection(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--for-excel",
        action="store_true",
        help="CSV for spreadsheets: ids survive, and no cell runs as a formula",
    )
    command.add_argument(
        "--columns",
        type=_columns,
        default=COLUMNS,
        metavar="A,B,…",
        help=f"write only these columns, of {', '.join(COLUMNS)}",
    )
    command.add_argument("--since", type=_time, metavar="TIME", help="posts from this time (ISO)")
    command.add_argument("--until", type=_time, metavar="TIME", help="posts before this time (ISO)")
    command.add_argument(
        "--lang", action="append", metavar="CODE", help="posts in this language; may be repeated"
    )
    command.add_argument(
        "--label", action="append", metavar="LABEL", help="posts of this label; may be repeated"
    )
    which = command.add_mutually_exclusive_group()
    _add_model(which)
    which.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="write the labels of this set, which the command label has kept",
    )
    command.add_argument("--sample", type=_count, metavar="N", help="draw N posts at random")
    command.add_argument(
        "--seed", type=int, default=0, help="draws the same sample again (default: %(default)s)"
    )


def _add_model(command: argparse._ActionsContainer) -> None:
    command.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help="label with the model in this folder, such as models/accurate (default: the fast one)",
    )


def _columns(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in COLUMNS:
            raise argparse.ArgumentTypeError(f"no column is called {name!r}")
    return names


def _time(text: str) -> int:
    try:
        return ms_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a time such as 2026-03-01T08:00, got {text!r}"
        ) from None


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


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
    segments = _readable(folder.segments(), chosen.open)
    merge = SegmentMerge(folder, segments, chosen.max_window << 20)
    out = sys.stdout.buffer
    for found in merge:
        raw = found.record.raw if chosen.raw and found.record is not None else found.line
        out.write(raw + b"\n")
    out.flush()
    if not merge.facts or merge.unsupported:
        reason = next(iter(merge.unsupported.values()), "it holds no file that Weir reads")
        raise NoPostsError(f"{chosen.location}: nothing found: {reason}")
    return _damage(merge)


def _export(chosen: argparse.Namespace) -> int:
    if chosen.for_excel and chosen.format != "csv":
        raise OutError("--for-excel goes with --format csv; --format xlsx needs no option")
    segments = _readable(SegmentCatalog(chosen.location).segments(), chosen.open)
    selection = _selection(chosen)
    with _progress(segments) as bar:
        catalog = SegmentCatalog(chosen.location, on_read=bar.update)
        labels = _labels(chosen, selection)
        _check_labels(chosen.label, labels)
        made = Export(catalog, segments, selection, labels, chosen.max_window << 20)
        try:
            with output(chosen.out) as out:
                made.write(out)
        except NoPostsError as error:
            raise NoPostsError(f"{chosen.location}: {error}") from None
    _write_description(chosen, made, segments, labels)
    print(f"captures: {_summary(made.reader, len(segments))}", file=sys.stderr)
    return _damage(made.merge) or _strict(chosen, made.reader)


def _labels(chosen: argparse.Namespace, selection: ExportSelection) -> LabelSource | None:
    """Return what gives the labels; raises ArtefactError or CatalogError."""
    if not selection.needs_labels:
        return None
    if chosen.labels is not None:
        return KeptLabels(chosen.labels)
    return ModelLabels(load_any(chosen.model))


def _label(chosen: argparse.Namespace) -> int:
    """Label every post, and keep the labels as a set beside those that are there."""
    segments = _readable(SegmentCatalog(chosen.location).segments(), False)
    selection = ExportSelection(format="csv", columns=label_sets.COLUMNS)
    labels = ModelLabels(load_any(chosen.model))
    with _progress(segments) as bar, TemporaryDirectory() as place:
        catalog = SegmentCatalog(chosen.location, on_read=bar.update)
        made = Export(catalog, segments, selection, labels, chosen.max_window << 20)
        table = Path(place) / "labels.csv"
        with table.open("xb") as out:
            made.write(out)
        kept = keep(table, chosen.into, labels.version, now_ms())
    counts = ", ".join(f"{count} {label}" for label, count in sorted(kept.labels.items()))
    path = label_sets.data_path(chosen.into, kept.name)
    print(f"captures: {path}: {kept.posts} posts ({counts})", file=sys.stderr)
    return _damage(made.merge)


def _selection(chosen: argparse.Namespace) -> ExportSelection:
    return ExportSelection(
        format=chosen.format,
        for_excel=chosen.for_excel,
        columns=chosen.columns,
        since=chosen.since,
        until=chosen.until,
        languages=chosen.lang or (),
        labels=chosen.label or (),
        sample=chosen.sample,
        seed=chosen.seed,
        unique=chosen.unique,
    )


def _check_labels(wanted: Sequence[str] | None, source: LabelSource | None) -> None:
    known = (*source.labels, UNKNOWN) if source is not None else ()
    for label in wanted or ():
        if label not in known:
            raise OutError(f"the model gives no label {label!r}; it gives {', '.join(known)}")


def _write_description(
    chosen: argparse.Namespace,
    made: Export,
    segments: Sequence[SegmentInfo],
    labels: LabelSource | None,
) -> None:
    """Write the description beside the file; one that is there already stays, with a word."""
    if chosen.out == "-":
        return
    path, options = Path(chosen.out), msgspec.to_builtins(_selection(chosen))
    written = Description(
        format=chosen.format,
        columns=chosen.columns,
        options={name: value for name, value in options.items() if name != "columns"},
        posts=made.posts,
        counts={**made.reader.formats, **made.reader.skipped},
        model=labels.version if labels is not None else None,
    )
    made_of = describe(path, written, SegmentCatalog(chosen.location), segments)
    try:
        with description_path(path).open("xb") as stream:
            stream.write(made_of)
    except OSError as error:
        reason = f"{description_path(path)}: not written: {error.strerror}"
        print(f"captures: {reason}", file=sys.stderr)


def _summary(reader: CaptureReader, segments: int) -> str:
    """Count posts by format and the other records by kind."""
    posts = sum(reader.formats.values())
    skipped = "".join(f", {count} {kind}" for kind, count in sorted(reader.skipped.items()))
    formats = ", ".join(f"{count} {kind}" for kind, count in sorted(reader.formats.items()))
    return f"{posts} posts from {segments} segments{skipped} (formats: {formats})"


def _strict(chosen: argparse.Namespace, reader: CaptureReader) -> int:
    lost = {kind: n for kind, n in reader.skipped.items() if kind not in QUIET}
    if not chosen.strict or not lost:
        return 0
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(lost.items()))
    print(f"captures: not every record could be read: {kinds}", file=sys.stderr)
    return 1


def _inspect(chosen: argparse.Namespace) -> int:
    segments = _readable(SegmentCatalog(chosen.location).segments(), True)
    merge = SegmentMerge(SegmentCatalog(chosen.location), segments, chosen.max_window << 20)
    reader = CaptureReader(merge)
    for line in inspection(reader, merge, sum(each.size for each in segments)):
        print(line)
    return 0 if reader.formats else 1


def _readable(segments: Iterable[SegmentInfo], also_open: bool) -> list[SegmentInfo]:
    states = {"sealed", "open"} if also_open else {"sealed"}
    return [segment for segment in segments if segment.state in states]


def _damage(merge: SegmentMerge) -> int:
    for name, reason in merge.unsupported.items():
        print(f"captures: {name}: {reason}", file=sys.stderr)
    for name in merge.damaged:
        print(f"captures: {name} is damaged; the part before the damage was read", file=sys.stderr)
    return 1 if merge.damaged or merge.unsupported else 0


@contextmanager
def _progress(segments: Iterable[SegmentInfo]) -> "Iterator[tqdm[NoReturn]]":
    """Show the bytes read as a progress bar on standard error, if that is a terminal."""
    total = sum(segment.size for segment in segments)
    with tqdm(total=total, unit="B", unit_scale=True, disable=None, file=sys.stderr) as bar:
        yield bar
