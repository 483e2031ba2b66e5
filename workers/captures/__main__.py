"""Start the command line: `python -m workers.captures`."""

import sys

from workers.captures.cli import main

if __name__ == "__main__":
    sys.exit(main())
