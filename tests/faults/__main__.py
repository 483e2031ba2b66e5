"""Tries faults on a loaded system: `python -m tests.faults [--short] [--case NAME]`.

`--short` tries eight on one stream, one after the other, in about a minute; CI runs that.

Every post that went in is looked up in captures, gaps, totals and in what viewers were shown.
Exits with 1 when a post is in none of them, captured twice, or when what Weir said is not so.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from tests.faults import disk, short
from tests.faults.accounting import Row
from tests.faults.cases import CASES, Case
from tests.faults.soak import soak
from tests.faults.trial import SETTINGS, SIMULATOR, Trial
from tests.performance import machine
from tests.rig.page_section import replace_section
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what is asked for, print a table; returns the exit status."""
    options = _options(arguments)
    if options.list:
        print("\n".join(case.name for case in CASES))
        return 0
    chosen = [case for case in CASES if not options.case or case.name in options.case]
    if unknown := set(options.case) - {case.name for case in CASES}:
        print(f"no such case: {', '.join(sorted(unknown))}; --list names them", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was mounted goes with it
    print(machine.facts(), flush=True)
    megabytes = short.DISK_MEGABYTES if options.short else disk.MEGABYTES
    settings = {**SETTINGS, **disk.SETTINGS, **(short.SETTINGS if options.short else {})}
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        disk.small_disk(Path(folder) / "data" / "captures", megabytes),
        closing(Weir(Path(folder), simulator=SIMULATOR, **settings)) as weir,
    ):
        Upstream(weir.simulator_url).allow_many_rules()
        if options.soak:
            rows = [soak(weir, chosen, options.soak * 60, options.rate, options.seed)]
        elif options.short:
            rows = short.in_sequence(weir, short.CASES, options.rate)
            if any(row.wrong for row in rows):  # so that CI shows what the parts said
                for name, tail in weir.processes.tails().items():
                    print(f"\noutput of {name}:\n{tail}", flush=True)
        else:
            rows = [tried(weir, case, options.rate, Path(folder)) for case in chosen]
        if options.json:
            options.json.write_bytes(msgspec.json.format(msgspec.json.encode(rows)))
    lines = table(rows)
    print("\n" + "\n".join(lines))
    if options.write:
        replace_section(options.write, "cases", lines)
    return int(any(row.wrong for row in rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--short", action="store_true", help="eight on one stream, about a minute")
    parser.add_argument("--case", action="append", default=[], help="one case; repeatable")
    parser.add_argument("--rate", type=float, default=200, help="posts a second (default 200)")
    parser.add_argument(
        "--soak", type=float, metavar="MINUTES", help="a random fault each minute, of those chosen"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the soak's faults (default 1)")
    parser.add_argument(
        "--write", type=Path, help="put the table into this page, between its marks"
    )
    parser.add_argument("--json", type=Path, help="write the rows there, too")
    return parser.parse_args(arguments)


def tried(shared: Weir, case: Case, rate: float, folder: Path) -> Row:
    """Try one fault, on the shared system or one of its own."""
    print(f"{case.name} …", end=" ", flush=True)
    if case.system is None:
        return _tried(shared, case, rate)
    try:
        with case.system(folder / case.name.replace(" ", "-")) as weir:
            if weir is not None:
                return _tried(weir, case, rate)
    except Exception as error:  # try the others all the same
        print(f"no system: {error}", flush=True)
        return Row(case.name, wrong=[f"its system broke: {type(error).__name__}: {error}"[:200]])
    print("not tried", flush=True)
    return Row(case.name, said=["not tried: this machine does not permit it"])


def _tried(weir: Weir, case: Case, rate: float) -> Row:
    """Try one fault on a stream of its own."""
    trial = Trial(weir, case.name, rate)
    trial.begin()
    try:
        case.strike(trial)
    except Exception as error:  # one case that breaks leaves the others to be tried
        trial.row.wrong.append(f"the case broke: {type(error).__name__}: {error}"[:200])
    try:
        trial.finish()
    except Exception as error:  # nor are the rows before it lost
        trial.row.wrong.append(f"not counted: {type(error).__name__}: {error}"[:200])
    print("; ".join(trial.row.wrong) or "ok", flush=True)
    print(_line(_cells(trial.row)), flush=True)
    return trial.row


def table(rows: Sequence[Row]) -> list[str]:
    """Write the rows as a Markdown table."""
    titles = (
        "fault", "sent", "delivered", "captured", "twice", "in gaps", "captured in gaps",
        "in doubt", "shown", "left out", "told missed", "totals", "recovered in s",
        "what was said", "wrong",
    )  # fmt: skip
    return [_line(cells) for cells in (titles, ("---",) * len(titles), *map(_cells, rows))]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Row) -> tuple[str, ...]:
    counts = (
        row.sent, row.delivered, row.captured, row.doubled, row.in_gaps, row.captured_in_gaps,
        row.in_doubt, row.shown, row.left_out, row.missed, row.totals,
    )  # fmt: skip
    said = (", ".join(row.said) or "–", "; ".join(row.wrong) or "–")
    return (row.case, *map(str, counts), f"{row.seconds:.1f}", *said)


if __name__ == "__main__":
    sys.exit(main())
