"""What takes tasks from Redis, for every worker: it outlives a Redis that goes away."""

from typing import Any

from celery.worker import consumer
from kombu.common import ignore_errors


class Consumer(consumer.Consumer):  # type: ignore[misc]  # Celery carries no types
    """Celery's own, with two things put right that a lost connection leaves."""

    _of_connection: frozenset[Any] = frozenset()
    """What the event loop calls at each turn for the connection."""

    def connect(self) -> Any:
        """Connect, and have the event loop call nothing for the connection before.

        It would go on for ever, and hold that connection's objects and an `epoll` in memory.
        """
        if self.hub is None:
            return super().connect()
        self.hub.on_tick -= self._of_connection
        before = frozenset(self.hub.on_tick)
        connection = super().connect()
        self._of_connection = frozenset(self.hub.on_tick) - before
        return connection

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Close the lost connection while its channels can still tell where they were connected.

        Celery takes that from them first. A channel that holds tasks then raises what nobody
        catches, and the worker ends.
        """
        ignore_errors(self.connection, self.connection.close)  # type: ignore[no-untyped-call]
        super().on_connection_error_after_connected(exc)
