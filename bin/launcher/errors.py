"""Why a start ends before its time."""


class LaunchError(Exception):
    """Something is in the way of a start; the text says what, and what to do."""


class ChildEnded(Exception):  # noqa: N818  # an event, told with the part's last words
    """A part ended by itself."""


class StopRequested(Exception):  # noqa: N818
    """Somebody pressed Ctrl-C or sent SIGTERM."""
