"""The lease on a slot: who owns it now, proved by renewal, numbered by a fencing token."""

import secrets
import time

import msgspec
import redis

from streams import names

_ACQUIRE = """
if redis.call('exists', KEYS[1]) == 1 then return false end
local holder = cjson.decode(ARGV[1])
holder.fence = redis.call('incr', KEYS[2])
local value = cjson.encode(holder)
redis.call('set', KEYS[1], value, 'PX', ARGV[2])
return value
"""
_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('pexpire', KEYS[1], ARGV[2])
end
return 0
"""
_RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class LeaseHolder(msgspec.Struct, frozen=True):
    """Who holds a lease: the worker's name, its fencing token, and a nonce of this holding."""

    owner: str
    fence: int
    nonce: str


class Lease:
    """One holding of one slot. Get it with `acquire`; every later owner has a higher fence."""

    def __init__(self, client: redis.Redis, slot: str, value: bytes, ms: int) -> None:
        self.slot = slot
        self.renewed_at = time.monotonic()
        """When it was surely ours for the last time."""
        self.holder = msgspec.json.decode(value, type=LeaseHolder)
        self._value = value
        self._ms = ms
        self._renew = client.register_script(_RENEW)
        self._release = client.register_script(_RELEASE)

    @classmethod
    def acquire(cls, client: redis.Redis, slot: str, owner: str, seconds: float) -> "Lease | None":
        """Take the slot for `seconds`, or return None when somebody holds it."""
        holder = msgspec.json.encode(LeaseHolder(owner, 0, secrets.token_hex(4)))
        ms = int(seconds * 1000)
        keys = [names.lease_key(slot), names.fence_key(slot)]
        value = client.register_script(_ACQUIRE)(keys=keys, args=[holder, ms])
        return cls(client, slot, value, ms) if value else None

    @property
    def fence(self) -> int:
        """The number of this holding."""
        return self.holder.fence

    def renew(self) -> bool:
        """Prolong; False says that the lease is lost and this owner must stop."""
        asked_at = time.monotonic()
        ours = self._renew(keys=[names.lease_key(self.slot)], args=[self._value, self._ms])
        if ours:
            self.renewed_at = asked_at
        return bool(ours)

    def release(self) -> None:
        """Release the slot if it is still ours."""
        self._release(keys=[names.lease_key(self.slot)], args=[self._value])


def holder_of(client: redis.Redis, slot: str) -> LeaseHolder | None:
    """Tell who owns a slot now."""
    value = client.get(names.lease_key(slot))
    return msgspec.json.decode(value, type=LeaseHolder) if value else None
