"""Connects to X that capture clients of one app make: X counts them together."""

from collections.abc import Sequence

import msgspec
import redis

from streams import names

WINDOW_MS = 15 * 60_000
"""How long X remembers a connect."""


class AppConnects(msgspec.Struct, frozen=True):
    """What the other clients of an app report: when they connected (ms), and how many they are."""

    times: list[int]
    clients: int


class _Report(msgspec.Struct):
    app: str
    at: int
    times: list[int]


def share(
    client: redis.Redis, account_id: int, app: str, client_id: int, times: Sequence[int], now: int
) -> AppConnects:
    """Replace what a client reported, and return what the others of its app did (times in ms).

    A client counts for a window after its last report, for one app. Raises LiveStoreError.
    """
    key = f"{names.APP_CONNECTS}:{account_id}"
    with client.pipeline() as pipe:
        pipe.hset(key, str(client_id), msgspec.json.encode(_Report(app, now, list(times))))
        pipe.pexpire(key, WINDOW_MS)
        pipe.hgetall(key)
        *_, found = pipe.execute()
    others = [
        msgspec.json.decode(value, type=_Report)
        for field, value in found.items()
        if int(field) != client_id
    ]
    recent = [each for each in others if each.app == app and now - each.at < WINDOW_MS]
    connects = sorted(at for each in recent for at in each.times if now - at < WINDOW_MS)
    return AppConnects(connects, len(recent))
