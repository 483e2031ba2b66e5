-- Find out what became of a batch. It is lost when Redis knows neither its counts, nor that it was
-- relayed, nor the batch. When that is certain, count its posts, whose labels are lost, once.
-- KEYS: relayed mark, batch, minutes hash, minutes hash set aside, then for each stream:
--       live hash, hash of seconds
-- ARGV: field of the token, second, 1 when it is certain, then for each stream: id, count
local pending = redis.call('hexists', KEYS[3], ARGV[1]) + redis.call('hexists', KEYS[4], ARGV[1])
if pending > 0 then return 'waiting' end
if redis.call('exists', KEYS[1]) == 1 then return 'counted' end
if redis.call('exists', KEYS[2]) == 1 then return 'kept' end
if ARGV[3] ~= '1' then return 'lost' end
redis.call('set', KEYS[1], '1', 'EX', 3600)
redis.call('hset', KEYS[3], ARGV[1], 1)
local second = tonumber(ARGV[2])
local minute = math.floor(second / 60)
for at = 4, #ARGV, 2 do
  local id, count = ARGV[at], tonumber(ARGV[at + 1])
  local live, seconds = KEYS[at + 1], KEYS[at + 2]
  redis.call('hincrby', live, 'not_labelled', count)
  redis.call('hincrby', seconds, (second % 60) .. ':not_labelled', count)
  redis.call('expire', seconds, 7200)
  redis.call('hincrby', KEYS[3], id .. '|' .. minute .. '|not_labelled', count)
end
return 'lost'
