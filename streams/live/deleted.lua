-- Return the ids of the earlier versions of a relayed post; few have any.
local function earlier_versions(entry)
  local ids = {}
  local at = string.find(entry, '"replaces":[', 1, true)
  if at then
    local list = string.match(entry, '%[([^%]]*)%]', at)
    for id in string.gmatch(list, '"([^"]*)"') do ids[#ids + 1] = id end
  end
  return ids
end
-- Return the id of a relayed post that its owner had deleted, by the id of any version or by author;
-- else nil. Quotation marks inside a text are escaped, so no text can look like these patterns.
-- `key` is the hash of a stream: post ids, and authors' ids behind an @ with the moment in ms.
local function deleted_post(key, entry)
  local id = string.match(entry, '^{"id":"([^"]*)"')
  if not id or string.find(entry, '"deleted":true}', -15, true) then return nil end
  local author = string.match(entry, '"author":{"id":"([^"]*)"') or ''
  local known = redis.call('hmget', key, id, '@' .. author)
  if known[1] then return id end
  local received_at = tonumber(string.match(entry, '"received_at":(%d+)')) or 0
  if known[2] and received_at <= tonumber(known[2]) then return id end
  for _, version in ipairs(earlier_versions(entry)) do
    if redis.call('hexists', key, version) == 1 then return id end
  end
  return nil
end
local function tombstone(id) return '{"id":"' .. id .. '","deleted":true}' end
