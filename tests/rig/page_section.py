"""A part of a page of the documentation that a program writes, between two marks."""

from collections.abc import Sequence
from pathlib import Path


def replace_section(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between the marks of a section; raises ValueError when one is missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, found, rest = page.read_text().partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page} has no section between {begin} and {end}")
    page.write_text("\n".join((f"{head}{begin}", "", *lines, "", f"{end}{tail}")))
