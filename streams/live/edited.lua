-- Later versions of posts: each takes the place of the earlier one, and is counted once.
-- Quotation marks inside a text are escaped, so no text can look like these patterns.
local function is_tombstone(entry) return string.find(entry, '"deleted":true}', -15, true) ~= nil end
-- Return what a post is counted as.
local function kind_of(entry)
  local kept = string.match(entry, '"counted_as":"([^"]*)"}$')
  if kept then return kept end
  local unnamed = '"label":"unknown","path":"[^"]*","confidence":[^,]*,"model":null'
  if string.find(entry, unnamed) then return 'not_labelled' end
  return string.match(entry, '"label":"([^"]*)"')
end
local function is_accurate(entry) return string.find(entry, '"model":"accurate.', 1, true) ~= nil end
-- Return by how much each count changes when a version takes the place of another.
local function changes_of(old, was, edit)
  local changes = {accurate = (is_accurate(edit.post) and 1 or 0) - (is_accurate(old) and 1 or 0)}
  if was ~= edit.kind then changes[was], changes[edit.kind] = -1, 1 end
  return changes
end
-- Return by id where a version of a post is: its place in the ring, in the batch, and what it is.
local function versions_in(ring, posts)
  local found = {}
  local function note(entry, place)
    place.entry = entry
    found[string.match(entry, '^{"id":"([^"]*)"') or ''] = place
    for _, id in ipairs(earlier_versions(entry)) do found[id] = place end
  end
  for index, entry in ipairs(redis.call('lrange', ring, 0, -1)) do note(entry, {ring = index - 1}) end
  for index, entry in ipairs(posts) do note(entry, {batch = index}) end
  return found, note
end
-- Return the second in which a post was counted as a kind: at its receipt or soon after. None is
-- known when the counts by second have lapsed. `prefix` begins their keys.
local function counted_in(prefix, entry, kind)
  local moment = string.match(entry, '"counted_at":(%d+)') or string.match(entry, '"received_at":(%d+)')
  local from = math.floor((tonumber(moment) or 0) / 1000)
  for minute = math.floor(from / 60), math.floor(from / 60) + 10 do
    local fields = {}
    for second = 0, 59 do
      fields[#fields + 1] = second .. ':' .. kind
      fields[#fields + 1] = second .. ':left_out'
    end
    local counts = redis.call('hmget', prefix .. minute, unpack(fields))
    for second = math.max(0, from - minute * 60), 59 do
      local hidden = kind == 'not_labelled' and tonumber(counts[2 * second + 2] or 0) or 0
      if tonumber(counts[2 * second + 1] or 0) > hidden then return minute * 60 + second end
    end
  end
  return nil
end
-- Put a later version in the place of an earlier one in the ring, and move the counts to its kind.
-- Where that is not known, it stays counted as before, and says so. Returns a message to viewers.
local function replace(keys, stream, place, edit)
  local old = place.entry
  local was = kind_of(old)
  local at = counted_in(keys.prefix, old, was)
  local received_at = string.match(old, '"received_at":%d+')
  local post = string.gsub(edit.post, '"received_at":%d+', received_at or '%0', 1)
  if not at and was ~= edit.kind then
    post = string.sub(post, 1, -2) .. ',"counted_as":"' .. was .. '"}'
  elseif at then
    for kind, change in pairs(changes_of(old, was, edit)) do
      if change ~= 0 then
        redis.call('hincrby', keys.live, kind, change)
        redis.call('hincrby', keys.prefix .. math.floor(at / 60), (at % 60) .. ':' .. kind, change)
        redis.call('hincrby', keys.minutes, stream .. '|' .. math.floor(at / 60) .. '|' .. kind, change)
      end
    end
  end
  redis.call('lset', keys.ring, place.ring, post)
  if not at then return post, '{"was":null,"at":null,"post":' .. post .. '}' end
  return post, '{"was":"' .. was .. '","at":' .. at .. ',"post":' .. post .. '}'
end
-- Take the later versions that a batch brings to a stream. One of a post that the stream does not
-- know is a new post, added to `posts` and `counts`. Returns the messages to viewers.
local function take_edits(keys, stream, edits, posts, counts)
  if #edits == 0 then return {} end
  local found, note = versions_in(keys.ring, posts)
  local messages = {}
  for _, edit in ipairs(edits) do
    local place = nil
    for _, id in ipairs(edit.ids) do place = place or found[id] end
    if place and place.batch then
      for kind, change in pairs(changes_of(place.entry, kind_of(place.entry), edit)) do
        counts[kind] = counts[kind] + change
      end
      posts[place.batch] = edit.post
      note(edit.post, place)
    elseif place then
      if not is_tombstone(place.entry) and not deleted_post(keys.deleted, edit.post) then
        local post, message = replace(keys, stream, place, edit)
        note(post, place)
        messages[#messages + 1] = message
      end
    elseif not edit.known then
      posts[#posts + 1] = edit.post
      counts[edit.kind] = counts[edit.kind] + 1
      if is_accurate(edit.post) then counts.accurate = counts.accurate + 1 end
      note(edit.post, {batch = #posts})
    elseif not deleted_post(keys.deleted, edit.post) then
      messages[#messages + 1] = '{"was":null,"at":null,"post":' .. edit.post .. '}'
    end
  end
  return messages
end
