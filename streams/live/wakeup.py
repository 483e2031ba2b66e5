"""Nudges: tell the owner of a slot to look at the wanted states now."""

import redis

from streams import names


def wake(client: redis.Redis, slot: str) -> bool:
    """Nudge; True when somebody listened."""
    return bool(client.publish(names.wakeup_channel(slot), b"look"))


class Wakeups:
    """The listening end, for one slot."""

    def __init__(self, client: redis.Redis, slot: str) -> None:
        self._pubsub = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._pubsub.subscribe(names.wakeup_channel(slot))

    def wait(self, seconds: float) -> bool:
        """Wait for a nudge for at most `seconds`; True when one came."""
        return self._pubsub.get_message(timeout=seconds) is not None

    def close(self) -> None:
        """Stop listening."""
        self._pubsub.close()
