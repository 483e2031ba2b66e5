-- Give the posts of one batch their sequence numbers, keep them, count them, publish them: all or
-- nothing, so that ring, totals and frames of a stream agree and follow one order.
-- KEYS: relayed mark, done list, minutes hash, the batch on its way to a tagger and the attempts to
--       tag it, both of which end here, then for each stream:
--       live hash, ring list, hash of seconds, hash of what is deleted
-- ARGV: channel, ring size, second, batch number, name of an epoch that may begin,
--       field of the batch in the minutes hash, channel of edits, then for each stream:
--       id, beginning of the keys of its seconds, count, negative, neutral, positive, unknown,
--       not_labelled, accurate, and `count` posts as JSON; then the count of later versions, and for each:
--       1 when the stream got an earlier one, kind, count of ids, ids, and the post as JSON
local is_new = redis.call('set', KEYS[1], '1', 'NX', 'EX', 3600)
redis.call('unlink', KEYS[4], KEYS[5])
if not is_new then
  return 0
end
local channel, ring_size = ARGV[1], tonumber(ARGV[2])
local second = tonumber(ARGV[3])
local minute = math.floor(second / 60)
local kinds = {'negative', 'neutral', 'positive', 'unknown', 'not_labelled', 'accurate'}
local lines, edited = {}, {}
local at, key = 8, 6
local function take(count)
  local taken = {}
  for i = at, at + count - 1 do taken[#taken + 1] = ARGV[i] end
  at = at + count
  return taken
end
while at <= #ARGV do
  local id, prefix = unpack(take(2))
  local keys = {live = KEYS[key], ring = KEYS[key + 1], deleted = KEYS[key + 3], minutes = KEYS[3]}
  local live, ring, seconds, deleted = keys.live, keys.ring, KEYS[key + 2], keys.deleted
  keys.prefix = prefix
  key = key + 4
  local count = tonumber(take(1)[1])
  local counts = {}
  for i, n in ipairs(take(#kinds)) do counts[kinds[i]] = tonumber(n) end
  local posts = take(count)
  local edits = {}
  for i = 1, tonumber(take(1)[1]) do
    local known, kind, ids = unpack(take(3))
    edits[i] = {known = known == '1', kind = kind, ids = take(tonumber(ids)), post = take(1)[1]}
  end
  local epoch = epoch_of(live, ARGV[5])
  local messages = take_edits(keys, id, edits, posts, counts)
  if #messages > 0 then
    edited[#edited + 1] = '{"stream":"' .. id .. '","posts":[' .. table.concat(messages, ',') .. ']}'
  end
  local seq = redis.call('hincrby', live, 'seq', #posts)
  for _, kind in ipairs(kinds) do
    local n = counts[kind]
    if n > 0 then
      redis.call('hincrby', live, kind, n)
      redis.call('hincrby', seconds, (second % 60) .. ':' .. kind, n)
      redis.call('hincrby', KEYS[3], id .. '|' .. minute .. '|' .. kind, n)
    end
  end
  redis.call('expire', seconds, 7200)
  if redis.call('exists', deleted) == 1 then
    for i, entry in ipairs(posts) do
      local post = deleted_post(deleted, entry)
      if post then posts[i] = tombstone(post) end
    end
  end
  if ring_size > 0 and #posts > 0 then
    redis.call('rpush', ring, unpack(posts))
    redis.call('ltrim', ring, -ring_size, -1)
    redis.call('expire', ring, 86400)
  end
  if #posts > 0 then
    lines[#lines + 1] = id .. ' ' .. epoch .. ' ' .. seq .. ' ' .. #posts .. ' [' .. table.concat(posts, ',') .. ']'
  end
end
redis.call('hset', KEYS[3], ARGV[6], 1)
redis.call('rpush', KEYS[2], ARGV[4])
redis.call('expire', KEYS[2], 60)
if #lines > 0 then
  redis.call('publish', channel, table.concat(lines, '\n'))
end
for _, message in ipairs(edited) do
  redis.call('publish', ARGV[7], message)
end
return 1
