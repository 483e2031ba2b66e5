"""Fetch a shipped segment: `python -m streams.fetch URL` writes it to standard output.

The clients of stores have event loops of their own, and the web process cannot live with those.
"""

import shutil
import sys

from streams.object_store import BLOCK
from streams.settings import SettingsError, settings

FAILED = 3
"""The exit status when the store does not give the object; standard error says why, in a line."""


def main(url: str) -> int:
    """Copy the object; 0 when all of it was written."""
    try:
        store = settings().object_store
    except SettingsError as error:
        print(str(error).splitlines()[0], file=sys.stderr)
        return FAILED
    if store is None or not store.reaches(url):
        print("CAPTURE_SHIP_TO is another kind of store", file=sys.stderr)
        return FAILED
    try:
        with store.open(url) as source:
            shutil.copyfileobj(source, sys.stdout.buffer, BLOCK)
            sys.stdout.buffer.flush()
    except Exception as error:  # each kind of store has errors of its own
        print(store.describe(error), file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
