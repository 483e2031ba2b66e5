"""The live store: everything of ours that Redis holds, none of which a user would miss."""

from streams.live.connection import connect

__all__ = ["connect"]
