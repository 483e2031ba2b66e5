"""The fixtures of the end-to-end tests serve here, too."""

from tests.end_to_end.conftest import person, quiet, upstream

__all__ = ["person", "quiet", "upstream"]
