"""Entry point of `bin/run`, once the packages are there."""

import sys

from bin.launcher.errors import LaunchError
from bin.launcher.launcher import launch
from streams.settings import SettingsError, settings


def main() -> int:
    """Run until asked to stop; 0 when asked, 1 when a part ended, 2 when it could not start."""
    try:
        return launch(settings())
    except (SettingsError, LaunchError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before there was anything to stop
        return 0


if __name__ == "__main__":
    sys.exit(main())
