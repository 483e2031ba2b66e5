"""Connects to X that the machines of one app make: X counts them together."""

from collections.abc import Sequence

import msgspec
import redis

from streams import names

WINDOW_MS = 15 * 60_000
"""How long X remembers a connect."""


class AppConnects(msgspec.Struct, frozen=True):
    """What the other machines of an app report: when they connected (ms), and how many they are."""

    times: list[int]
    machines: int


class _Report(msgspec.Struct):
    app: str
    at: int
    times: list[int]


def share(
    client: redis.Redis, owner: str, app: str, machine: str, times: Sequence[int], now: int
) -> AppConnects:
    """Replace what a machine reported, and return what the others of its app did (times in ms).

    Only reports to one `owner` count together: that of an account's capture clients, or a slot of
    collectors. A machine counts for a window after its last report, for one app. Raises
    LiveStoreError.
    """
    key = f"{names.APP_CONNECTS}:{owner}"
    with client.pipeline() as pipe:
        pipe.hset(key, machine, msgspec.json.encode(_Report(app, now, list(times))))
        pipe.pexpire(key, WINDOW_MS)
        pipe.hgetall(key)
        *_, found = pipe.execute()
    others = [
        msgspec.json.decode(value, type=_Report)
        for field, value in found.items()
        if field.decode() != machine
    ]
    recent = [each for each in others if each.app == app and now - each.at < WINDOW_MS]
    connects = sorted(at for each in recent for at in each.times if now - at < WINDOW_MS)
    return AppConnects(connects, len(recent))
