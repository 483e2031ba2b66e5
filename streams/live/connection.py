"""How to reach Redis."""

import redis

from streams.settings import Settings


def connect(settings: Settings) -> "redis.Redis":
    """Return a client whose answers are bytes; it connects at its first command."""
    return redis.Redis.from_url(
        settings.redis_url,
        health_check_interval=15,
        socket_connect_timeout=5,
        socket_keepalive=True,
        **settings.redis_options(),
    )
