"""Spending: how much of each limit all collectors have reserved, counted in one place."""

import secrets

import msgspec
import redis

from streams import names

KEPT_SECONDS = 40 * 86_400
"""Longer than any period; it then begins anew under another key."""
SHARE = 8
"""A reservation beyond what is needed at once takes this part of what is left, at most."""
_EPOCH = "epoch"

_RESERVE = """
local used, recorded = tonumber(redis.call('hget', KEYS[1], ARGV[1])), tonumber(ARGV[2])
redis.call('hsetnx', KEYS[1], ARGV[3], ARGV[4])
local epoch = redis.call('hget', KEYS[1], ARGV[3])
if not used or used < recorded then used = recorded end
if epoch ~= ARGV[5] then used = used + tonumber(ARGV[6]) end
used = used + tonumber(ARGV[7])
local left, needed, useful = tonumber(ARGV[8]) - used, tonumber(ARGV[9]), tonumber(ARGV[10])
local wished = math.max(needed, math.min(useful, math.floor(left / tonumber(ARGV[11]))))
local granted = math.max(0, math.min(left, wished))
redis.call('hset', KEYS[1], ARGV[1], string.format('%.0f', used + granted))
redis.call('expire', KEYS[1], ARGV[12])
return {epoch, string.format('%.0f', granted)}
"""
_RETURN = """
if redis.call('hget', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('hincrby', KEYS[1], ARGV[3], ARGV[4])
end
"""


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What a collector asks for under one limit; amounts are whole posts or millionths of dollars.

    `period` and `subject` name the limit. `recorded` is what SQL counts as spent, `unrecorded`
    what this collector holds or spent since, in case Redis does not know of it. `overdrawn` was
    spent without a reservation. `needed` is what it cannot do without, `useful` what it can use.
    """

    period: str
    subject: str
    limit: int
    recorded: int
    unrecorded: int
    overdrawn: int
    needed: int
    useful: int


class SpendingLedger:
    """Every amount is in the ledger before it is spent, so collectors cannot pass a limit together.

    Raises LiveStoreError. An `epoch` stands for what Redis remembers: it changes when that is lost.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._reserve = client.register_script(_RESERVE)
        self._return = client.register_script(_RETURN)

    def reserve(self, asked: Reservation, epoch: str | None) -> tuple[int, str]:
        """Return what is granted, which may be nothing, and the epoch; `epoch` is the one known."""
        keys = [names.spending_key(asked.period)]
        args: list[str | int] = [
            asked.subject,
            asked.recorded,
            _EPOCH,
            secrets.token_hex(8),
            epoch or "",
            asked.unrecorded,
            asked.overdrawn,
            asked.limit,
            asked.needed,
            asked.useful,
            SHARE,
            KEPT_SECONDS,
        ]
        found, granted = self._reserve(keys=keys, args=args)
        return int(granted), found.decode()

    def give_back(self, period: str, subject: str, amount: int, epoch: str) -> None:
        """Return what was granted and not spent, unless Redis has lost it.

        An amount below zero was spent without having been granted.
        """
        keys = [names.spending_key(period)]
        self._return(keys=keys, args=[_EPOCH, epoch, subject, -amount])
