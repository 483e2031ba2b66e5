"""The live store: everything of ours that Redis holds, none of which a user would miss."""

from redis.exceptions import RedisError as LiveStoreError

from streams.live.connection import connect

__all__ = ["LiveStoreError", "connect"]
