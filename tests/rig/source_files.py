"""The Python files of a package, found without a look into what npm installs meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path

from streams.settings import ROOT


def python_files(package: str) -> Iterator[Path]:
    """Yield the files of a package, folder by folder in alphabetical order."""
    for folder, inner, files in os.walk(ROOT / package):
        inner[:] = sorted(set(inner) - {"node_modules"})
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))
