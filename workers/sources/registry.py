"""The sources that can be opened: the adapters named in the rows of `streams.sources`."""

from importlib import import_module
from typing import cast

from streams.names import source_of
from streams.sources import SOURCES
from workers.sources.source import Source


def open_source(slot: str) -> Source:
    """Make the adapter for a slot; raises KeyError where its source has no row."""
    module, _, factory = SOURCES[source_of(slot)].adapter.partition(":")
    return cast(Source, getattr(import_module(module), factory)(slot))
