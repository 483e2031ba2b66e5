-- Delete posts and authors of a stream: what its ring holds of them becomes a tombstone, in place,
-- and so will what is still in transit. Returns the ids of the posts that were in the ring.
-- KEYS: ring, hash of what is deleted
-- ARGV: seconds to remember it, then pairs for the hash
redis.call('hset', KEYS[2], unpack(ARGV, 2))
redis.call('expire', KEYS[2], ARGV[1])
local erased = {}
for index, entry in ipairs(redis.call('lrange', KEYS[1], 0, -1)) do
  local id = deleted_post(KEYS[2], entry)
  if id then
    redis.call('lset', KEYS[1], index - 1, tombstone(id))
    erased[#erased + 1] = id
  end
end
return erased
