"""What the command-line tools share: one clear line and exit 2 for bad input, tables as text."""

import os
import sys
from collections.abc import Callable, Sequence

from models.artefact import ArtefactError


def run(main: Callable[[], None]) -> None:
    """Call `main`; turn an error that the user can mend into one line on stderr and exit 2."""
    try:
        main()
        sys.stdout.flush()
    except (ArtefactError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader (head, less) has gone: not an error, and nothing is left to say.
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
