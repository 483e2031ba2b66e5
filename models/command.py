"""Shared by the command-line tools: one-line errors with exit status 2, tables as text."""

import os
import sys
from collections.abc import Callable, Sequence

from models.artefact import ArtefactError


def run(main: Callable[[], None]) -> None:
    """Call `main`; print an error that the user can fix as one line on stderr and exit with 2."""
    try:
        main()
        sys.stdout.flush()
    except (ArtefactError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader (head, less) has closed the pipe, which is not an error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell, the first to the left and numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )
