"""The file that an export makes: whole or not at all, and never over another."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
        raise OutError(f"{out}: is there already, and nothing is overwritten")
    try:
        with part.open("xb") as stream:
            yield stream
        os.link(part, path)
    except FileExistsError:
        raise OutError(f"{out}: is there already, and nothing is overwritten") from None
    except OSError as error:
        raise OutError(f"{out}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
