-- Count posts that were captured and never shown, and tell the viewers: they are in every total,
-- and in no frame. Sequence numbers stay as they are, since no post was relayed.
-- Each batch counts once: not when it was relayed, or counted here or as lost, before.
-- KEYS: minutes hash, then for each stream: live hash, hash of seconds; then for each batch: mark
-- ARGV: channel, second, name of an epoch that may begin, count of streams, their ids,
--       then for each batch: its field in the minutes hash, how many streams, and for each of these:
--       which of the streams it is, count
local second, streams = tonumber(ARGV[2]), tonumber(ARGV[4])
local minute = math.floor(second / 60)
local found = {}
local at = 5 + streams
for mark = 2 + 2 * streams, #KEYS do
  local is_new = redis.call('set', KEYS[mark], '1', 'NX', 'EX', 3600)
  if is_new then redis.call('hset', KEYS[1], ARGV[at], 1) end
  local last = at + 1 + 2 * tonumber(ARGV[at + 1])
  for i = at + 2, last, 2 do
    local stream = tonumber(ARGV[i])
    if is_new then found[stream] = (found[stream] or 0) + tonumber(ARGV[i + 1]) end
  end
  at = last + 1
end
local lines = {}
for stream = 1, streams do
  local id, count = ARGV[4 + stream], found[stream]
  local live, seconds = KEYS[2 * stream], KEYS[2 * stream + 1]
  if count then
    for _, kind in ipairs({'not_labelled', 'left_out'}) do
      redis.call('hincrby', live, kind, count)
      redis.call('hincrby', seconds, (second % 60) .. ':' .. kind, count)
      redis.call('hincrby', KEYS[1], id .. '|' .. minute .. '|' .. kind, count)
    end
    redis.call('expire', seconds, 7200)
    local seq = redis.call('hget', live, 'seq') or '0'
    lines[#lines + 1] = id .. ' ' .. epoch_of(live, ARGV[3]) .. ' ' .. seq .. ' ' .. count .. ' []'
  end
end
if #lines > 0 then redis.call('publish', ARGV[1], table.concat(lines, '\n')) end
return 1
