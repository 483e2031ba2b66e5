-- Give the posts of one batch their sequence numbers, keep them, count them, publish them: all or
-- nothing, so that ring, totals and frames of a stream agree and follow one order.
-- KEYS: relayed mark, done list, minutes hash, then for each stream:
--       live hash, ring list, hash of seconds, hash of what is deleted
-- ARGV: channel, ring size, second, batch number, name of an epoch that may begin,
--       field of the batch in the minutes hash, then for each stream:
--       id, count, negative, neutral, positive, unknown, not_labelled, accurate,
--       and `count` posts as JSON
if not redis.call('set', KEYS[1], '1', 'NX', 'EX', 3600) then
  return 0
end
local channel, ring_size = ARGV[1], tonumber(ARGV[2])
local second = tonumber(ARGV[3])
local minute = math.floor(second / 60)
local kinds = {'negative', 'neutral', 'positive', 'unknown', 'not_labelled', 'accurate'}
local lines = {}
local at, key = 7, 4
while at <= #ARGV do
  local id, count = ARGV[at], tonumber(ARGV[at + 1])
  local live, ring, seconds, deleted = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
  key = key + 4
  local epoch = epoch_of(live, ARGV[5])
  local seq = redis.call('hincrby', live, 'seq', count)
  for i, kind in ipairs(kinds) do
    local n = tonumber(ARGV[at + 1 + i])
    if n > 0 then
      redis.call('hincrby', live, kind, n)
      redis.call('hincrby', seconds, (second % 60) .. ':' .. kind, n)
      redis.call('hincrby', KEYS[3], id .. '|' .. minute .. '|' .. kind, n)
    end
  end
  redis.call('expire', seconds, 7200)
  local first, last = at + 8, at + 7 + count
  if redis.call('exists', deleted) == 1 then
    for i = first, last do
      local post = deleted_post(deleted, ARGV[i])
      if post then ARGV[i] = tombstone(post) end
    end
  end
  if ring_size > 0 then
    redis.call('rpush', ring, unpack(ARGV, first, last))
    redis.call('ltrim', ring, -ring_size, -1)
    redis.call('expire', ring, 86400)
  end
  lines[#lines + 1] = id .. ' ' .. epoch .. ' ' .. seq .. ' ' .. count .. ' [' .. table.concat(ARGV, ',', first, last) .. ']'
  at = last + 1
end
redis.call('hset', KEYS[3], ARGV[6], 1)
redis.call('rpush', KEYS[2], ARGV[4])
redis.call('expire', KEYS[2], 60)
if #lines > 0 then
  redis.call('publish', channel, table.concat(lines, '\n'))
end
return 1
