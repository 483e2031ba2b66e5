"""What the person at the terminal sees: the launcher's words and every part's lines, by name."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from honcho.colour import get_colours
from honcho.printer import Message, Printer

OWN_NAME = "weir"


class Console:
    """Prints whole lines; when nobody reads any more, it goes quiet."""

    def __init__(self, names: Iterable[str]):
        names = list(names)
        self._colours = dict(zip(names, get_colours(), strict=False))
        self._printer = Printer(sys.stdout, width=max(map(len, [OWN_NAME, *names])))

    def line(self, name: str, text: str) -> None:
        """Print what a part said."""
        message = Message("line", text, datetime.now(), name, self._colours.get(name))
        with suppress(OSError, ValueError):
            self._printer.write(message)

    def say(self, text: str) -> None:
        """Print the launcher's own words."""
        self.line(OWN_NAME, text)
