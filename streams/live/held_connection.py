"""A connection that is kept for what each batch asks of Redis, past the layers of a client."""

import threading
from collections.abc import Sequence
from typing import Any

import redis
from redis.commands.core import Script
from redis.exceptions import ConnectionError, NoScriptError, ResponseError

Command = Sequence[str | bytes | int | float]


class HeldConnection:
    """Asks in half the time of a client, which takes a connection from its pool for each command.

    Several threads may use it, one at a time. It connects at its first command.
    """

    def __init__(self, client: redis.Redis) -> None:
        pool = client.connection_pool
        self._connection = pool.connection_class(**pool.connection_kwargs)
        self._lock = threading.Lock()

    def ask(self, *commands: Command) -> list[Any]:
        """Send commands in one piece; return their replies, those that refuse as errors.

        A connection that Redis closed is made anew, once, as by a client of ours. Raises RedisError
        when not all is answered.
        """
        packed = b"".join(map(_packed, commands))
        with self._lock:
            try:
                return self._ask(packed, len(commands))
            except ConnectionError:
                return self._ask(packed, len(commands))

    def ask_one(self, command: Command) -> Any:
        """Return the reply to one command; raises RedisError, also when Redis refuses it."""
        (reply,) = self.ask(command)
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    def run(self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Any:
        """Run a script, which is loaded if Redis does not know it; raises RedisError."""
        call = ("EVALSHA", script.sha, len(keys), *keys, *args)
        try:
            return self.ask_one(call)
        except NoScriptError:
            self.ask_one(("SCRIPT", "LOAD", str(script.script)))
            return self.ask_one(call)

    def transact(self, *commands: Command) -> list[Any]:
        """Have Redis carry out all commands or none; raises RedisError, of the first refused."""
        replies = self.ask(("MULTI",), *commands, ("EXEC",))
        results: list[Any] = replies.pop()
        for reply in (*replies, results):
            if isinstance(reply, ResponseError):
                raise reply
        return results

    def __del__(self) -> None:
        self._connection.disconnect()

    def _ask(self, packed: bytes, count: int) -> list[Any]:
        try:
            self._connection.send_packed_command([packed])
            return [self._reply() for _ in range(count)]
        except BaseException:  # no later command may be given a reply that was not read
            self._connection.disconnect()
            raise

    def _reply(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error


def _packed(command: Command) -> bytes:
    """Encode a command as Redis reads it."""
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    lines = [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"*%d\r\n%b" % (len(words), b"".join(lines))
