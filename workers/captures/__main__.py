"""Start the command line: `python -m workers.captures`."""

import sys

from workers.export.cli import main

if __name__ == "__main__":
    sys.exit(main())
