"""The sources that can be opened: the adapters named in the rows of `streams.sources`."""

from importlib import import_module
from typing import cast

from streams.sources import SOURCES
from workers.sources.source import Source


def open_source(name: str) -> Source:
    """Make the adapter of a source; raises KeyError for a name without a row."""
    module, _, factory = SOURCES[name].adapter.partition(":")
    return cast(Source, getattr(import_module(module), factory)())
