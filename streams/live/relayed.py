"""Flow control: which batches of a collector the relay has sent on."""

import redis

from streams import names


def done(client: redis.Redis, slot: str, fence: int, seconds: float) -> list[int]:
    """Wait up to `seconds` for batches to be done, and return their numbers (may be none)."""
    key = names.done_key(slot, fence)
    first = client.blpop([key], timeout=seconds)
    if first is None:
        return []
    rest = client.lpop(key, 1000) or []
    return [int(number) for number in (first[1], *rest)]
