"""Which error replies of Redis pass, and which policy of Redis may lose something."""

import pytest
import redis
from redis._parsers.base import BaseParser

from streams.live.connection import eviction_warning, may_pass


@pytest.mark.parametrize(
    ("reply", "passes"),
    [
        ("READONLY You can't write against a read only replica.", True),
        ("OOM command not allowed when used memory > 'maxmemory'.", True),
        ("MISCONF Errors writing to the AOF file", True),
        ("NOAUTH Authentication required.", True),
        ("WRONGPASS invalid username-password pair", True),
        ("NOPERM this user has no permissions", True),
        ("LOADING Redis is loading the dataset in memory", True),
        ("UNBLOCKED force unblock from blocking operation", True),
        ("BUSY Redis is busy running a script.", True),
        ("CLUSTERDOWN The cluster is down", True),
        ("MASTERDOWN Link with MASTER is down", True),
        ("TRYAGAIN Multiple keys request during rehashing of slot", True),
        (
            "ERR Error running script (call to f_0a1b): @user_script:1: @user_script: 1: -OOM no",
            True,
        ),
        ("ERR Error running script (call to f_0a1b): @user_script:1: @user_script: 1: no", False),
        ("ERR unknown command 'PUSH', with args beginning with: 'the room is LOADING'", False),
        ("WRONGTYPE Operation against a key that holds OOM", False),
        ("BUSYGROUP Consumer Group name already exists", False),
        ("ERR value is not an integer or out of range", False),
    ],
)
def test_a_code_counts_only_where_a_reply_begins(reply: str, passes: bool) -> None:
    error = BaseParser.parse_error(reply)  # type: ignore[no-untyped-call]
    assert isinstance(error, redis.exceptions.RedisError)
    assert may_pass(error) is passes


def test_a_lost_connection_passes() -> None:
    assert may_pass(redis.exceptions.TimeoutError("Timeout reading from socket"))


@pytest.mark.parametrize(
    ("limit", "policy", "warns"),
    [
        ("0", "allkeys-lru", False),
        ("64mb", "noeviction", False),
        ("64mb", "allkeys-lru", True),
        ("64mb", "volatile-ttl", True),
    ],
)
def test_a_redis_that_may_delete_keys_is_warned_of(
    client: redis.Redis, limit: str, policy: str, warns: bool
) -> None:
    try:
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", limit)
        warning = eviction_warning(client)
    finally:
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")
    assert (warning is not None and policy in warning) is warns
