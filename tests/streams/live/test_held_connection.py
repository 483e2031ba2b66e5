"""A held connection gives each command its own reply, whatever happened before."""

import pytest
import redis

from streams.live.held_connection import HeldConnection


def test_replies_come_in_order_and_a_refusal_is_one_of_them(client: redis.Redis) -> None:
    first, refused, last = HeldConnection(client).ask(
        ("SET", "a", "1"), ("LPOP", "a"), ("GET", "a")
    )
    assert (first, last) == (b"OK", b"1")
    assert isinstance(refused, redis.exceptions.ResponseError)


def test_a_connection_that_redis_closed_is_made_anew(client: redis.Redis) -> None:
    held = HeldConnection(client)
    [number] = held.ask(("CLIENT", "ID"))
    client.execute_command("CLIENT", "KILL", "ID", number)  # type: ignore[no-untyped-call]
    assert held.ask(("SET", "a", "1"), ("GET", "a")) == [b"OK", b"1"]


def test_a_reply_that_comes_too_late_is_given_to_no_other_command(client: redis.Redis) -> None:
    client.set("a", "1")
    kwargs = {**client.connection_pool.connection_kwargs, "socket_timeout": 0.05}
    held = HeldConnection(redis.Redis(connection_pool=redis.ConnectionPool(**kwargs)))
    with pytest.raises(redis.exceptions.TimeoutError):
        held.ask(("BLPOP", "nothing", 0.2))
    assert held.ask(("GET", "a")) == [b"1"]


def test_a_script_that_redis_forgot_is_loaded(client: redis.Redis) -> None:
    held, script = HeldConnection(client), client.register_script("return ARGV[1]")
    client.script_flush()
    assert held.run(script, (), ("7",)) == b"7"
    with pytest.raises(redis.exceptions.ResponseError):
        held.run(client.register_script("return redis.call('nothing')"), (), ())


def test_of_a_transaction_that_fails_nothing_is_done_and_the_first_refusal_raised(
    client: redis.Redis,
) -> None:
    held = HeldConnection(client)
    with pytest.raises(redis.exceptions.ResponseError, match=r"(?i)nothing"):
        held.transact(("SET", "a", "1"), ("NOTHING",))
    assert not client.exists("a")
    assert held.transact(("SET", "a", "1"), ("GET", "a")) == [b"OK", b"1"]
