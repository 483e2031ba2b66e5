"""What takes tasks from Redis, for every worker: it outlives a Redis that goes away."""

from celery.worker import consumer
from kombu.common import ignore_errors


class Consumer(consumer.Consumer):  # type: ignore[misc]  # Celery carries no types
    """Celery's own, with one order put right."""

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Close the lost connection while its channels can still tell where they were connected.

        Celery takes that from them first. A channel that holds tasks then raises what nobody
        catches, and the worker ends.
        """
        ignore_errors(self.connection, self.connection.close)  # type: ignore[no-untyped-call]
        super().on_connection_error_after_connected(exc)
