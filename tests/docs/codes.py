"""Every code that Weir may show to people, found in its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

from streams.settings import ROOT
from tests.rig.source_files import python_files

CODE_AT = {
    "Fault": 0,
    "RecordingError": 0,
    "ApiError": 1,
    "FilterError": 1,
}
"""Calls that carry a code, and at which position."""


def modules() -> Iterator[ast.Module]:
    for package in ("streams", "workers", "web"):
        for path in python_files(package):
            yield ast.parse(path.read_text())


def codes(*names: str) -> set[str]:
    """Codes that calls of these names carry as literals."""
    found: set[str] = set()
    for module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                if name in names and len(node.args) > CODE_AT[name]:
                    found.update(_literals(node.args[CODE_AT[name]]))
    return found


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def page(name: str) -> str:
    return Path(ROOT / "docs" / name).read_text()
