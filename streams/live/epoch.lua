-- Return the epoch of a stream's sequence numbers. A Redis that lost them begins another one, under
-- the name that it is given, so that a number of the old epoch is never compared with a new one.
local function epoch_of(live, fresh)
  local epoch = redis.call('hget', live, 'epoch')
  if not epoch then
    redis.call('hset', live, 'epoch', fresh)
    epoch = fresh
  end
  return epoch
end
