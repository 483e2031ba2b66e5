-- Count posts that were captured and never shown, and tell the viewers: they are in every total,
-- and in no frame. Sequence numbers stay as they are, since no post was relayed.
-- KEYS: mark, minutes hash, then for each stream: live hash, hash of seconds
-- ARGV: channel, second, name of an epoch that may begin, field of the token in the minutes hash,
--       then for each stream: id, count
if not redis.call('set', KEYS[1], '1', 'NX', 'EX', 3600) then
  return 0
end
local second = tonumber(ARGV[2])
local minute = math.floor(second / 60)
local lines = {}
redis.call('hset', KEYS[2], ARGV[4], 1)
for at = 5, #ARGV, 2 do
  local id, count = ARGV[at], tonumber(ARGV[at + 1])
  local live, seconds = KEYS[at - 2], KEYS[at - 1]
  for _, kind in ipairs({'not_labelled', 'left_out'}) do
    redis.call('hincrby', live, kind, count)
    redis.call('hincrby', seconds, (second % 60) .. ':' .. kind, count)
    redis.call('hincrby', KEYS[2], id .. '|' .. minute .. '|' .. kind, count)
  end
  redis.call('expire', seconds, 7200)
  local seq = redis.call('hget', live, 'seq') or '0'
  lines[#lines + 1] = id .. ' ' .. epoch_of(live, ARGV[3]) .. ' ' .. seq .. ' ' .. count .. ' []'
end
redis.call('publish', ARGV[1], table.concat(lines, '\n'))
return 1
